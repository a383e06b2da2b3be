// The jq step (jq.filter): a query over a JSON document, which is the script, a file (`with.input`, or `file://` in the script) or inline
// (`with.data`); without any it is null. Each result is a line of its own, or several where it is indented.
import { parseJsonExactly } from '@edgedag/core/spec/json'
import { compileQuery, evaluate, type Result, textOf } from './jq/query.ts'
import type { Node } from './jq/syntax.ts'
import { fromJson, type Value } from './jq/values.ts'
import { failed, type PortableStep, type StepEnd, type StepPorts, type StepRequest } from './step.ts'

/** Steps of one query to a byte that an answer may have here: 16 million on a host, some seconds of a processor, and 2 at the edge. */
const STEPS_PER_BYTE = 1 / 4
/** Lines are written together up to this many characters. */
const WRITE_CHARS = 64 * 1024

const INDENT = '    '

type Input = { value: Value } | { error: string }

const fromText = (text: string, what: string): Input => {
  const parsed = parseJsonExactly(text)
  return parsed === undefined ? { error: `${what} is no JSON document` } : { value: fromJson(parsed) }
}

async function fromFile(path: string, ports: StepPorts): Promise<Input> {
  if (ports.readFile === undefined) return { error: 'input is a file on a host: give the DAG a runner' }
  try {
    return fromText(new TextDecoder().decode(await ports.readFile(path, ports.maxBodyBytes)), path)
  } catch (error) {
    return { error: (error as Error).message }
  }
}

const readInput = async ({ config, script }: StepRequest, ports: StepPorts): Promise<Input> => {
  const { input, data } = config
  if (typeof input === 'string' && input.trim() !== '') return await fromFile(input.trim(), ports)
  if (script?.trim().startsWith('file://')) return await fromFile(script.trim().slice('file://'.length), ports)
  if (script !== undefined) return fromText(script, 'the script')
  if (typeof data === 'string') return fromText(data, 'data')
  return { value: fromJson(data ?? null) }
}

/** Is the setting on? Text counts, as it may come from a variable. */
const isOn = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && /^\s*(?:true|1)\s*$/i.test(value))

/** Raw: texts as they are, everything else on one line. */
const written = (value: Value, isRaw: boolean): ReturnType<typeof textOf> =>
  isRaw && typeof value === 'string' ? { ok: true, text: value } : textOf(value, isRaw ? '' : INDENT)

/** Lets everything else have its turn. */
const breathe = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0))

async function run(query: Node, input: Value, isRaw: boolean, ports: StepPorts): Promise<StepEnd> {
  let waiting = ''
  let chars = 0
  const flush = () => {
    if (waiting !== '') ports.write('stdout', waiting)
    waiting = ''
  }
  const take = async (result: Result): Promise<StepEnd | undefined> => {
    if (result.is === 'error') return failed(`jq: ${result.error}`)
    if (result.is === 'pause') {
      await breathe()
      return ports.signal.aborted ? { exitCode: -1, error: 'stopped' } : undefined
    }
    const printed = written(result.value, isRaw)
    if (!printed.ok) return failed(`jq: ${printed.error}`)
    const line = `${printed.text}\n`
    chars += line.length
    if (chars > ports.maxBodyBytes) return failed(`jq: the results have more than ${ports.maxBodyBytes} characters`)
    waiting += line
    if (waiting.length > WRITE_CHARS) flush()
    return undefined
  }
  let end: StepEnd | undefined
  for (const result of evaluate(query, input, ports.maxBodyBytes * STEPS_PER_BYTE)) {
    end = await take(result)
    if (end !== undefined) break
  }
  flush()
  return end ?? { exitCode: 0 }
}

export const jqStep: PortableStep = {
  types: ['jq'],
  isRepeatable: () => true,
  async execute(request, ports) {
    const { config, commands } = request
    const text = commands[0] ?? config.query ?? config.filter
    if (typeof text !== 'string') return failed('jq: there is no query: it is the command of the step')
    const compiled = compileQuery(text)
    if (!compiled.ok) return failed(`jq: the query cannot be read: ${compiled.error}`)
    const input = await readInput(request, ports)
    if ('error' in input) return failed(`jq: ${input.error}`)
    return await run(compiled.query, input.value, isOn(config.raw), ports)
  },
}
