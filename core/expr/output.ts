// What a finished step publishes (semantics 7): a captured variable, structured values, and the collected outputs of a run.
import { parse as parseYaml } from 'yaml'
import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Dag, StepOutput } from '../spec/dag.ts'
import { exactDigits, parseJsonExactly } from '../spec/json.ts'
import { type ExpandContext, expandConfig, expandText, PLACES } from './expand.ts'
import { parseSelect, selectPath } from './json-path.ts'
import { resolvePath } from './paths.ts'
import type { FilesPort } from './ports.ts'
import { exprProblem, needsRunner } from './problems.ts'
import type { StepResult } from './results.ts'
import { utf8Length } from './scope.ts'

type VariableOutput = Extract<StepOutput, { kind: 'variable' }>
type StructuredOutput = Extract<StepOutput, { kind: 'structured' }>

/** Says what breaks a JSON Schema, `undefined` where nothing does. */
export type SchemaCheck = (schema: unknown, value: unknown) => string | undefined

/** More captured bytes than `max_output_size`: the step fails. */
export const outputTooLarge = (bytes: number, maxBytes: number): Problem | undefined =>
  bytes <= maxBytes
    ? undefined
    : exprProblem(
        'expr.too_large',
        `captured output is ${bytes} bytes, more than max_output_size (${maxBytes})`,
        'output',
        'Raise max_output_size, or write to a file and publish its path.',
      )

/** Captured text: blanks and line breaks go at both ends, NUL bytes (which no environment holds) everywhere. */
export const capturedText = (stdout: string): string => stdout.replaceAll('\0', '').trim()

/** The value of an `output: NAME`. The value is there even when its schema refuses it, for display. */
export const captureVariable = (
  output: VariableOutput,
  stdout: string,
  checkSchema?: SchemaCheck,
): { value: string; problem?: Problem } => {
  const value = capturedText(stdout)
  if (output.schema === undefined || checkSchema === undefined) return { value }
  const parsed = parsedJson(value)
  const broken = parsed.ok ? checkSchema(output.schema, parsed.value) : `it is no JSON (${parsed.error})`
  if (broken === undefined) return { value }
  return {
    value,
    problem: exprProblem('expr.bad_output', `output ${output.name} breaks its schema: ${broken}`, 'output.schema'),
  }
}

const parsedJson = (text: string): Result<unknown, string> => {
  try {
    return ok(JSON.parse(text))
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : String(cause))
  }
}

export interface StructuredSources {
  stdout: string
  stderr: string
  files?: FilesPort
  cwd: string
  expand: ExpandContext
}

/** The values of a structured output. The first that cannot be read is the problem. */
export const captureStructured = async (
  output: StructuredOutput,
  sources: StructuredSources,
): Promise<Result<Record<string, unknown>, Problem>> => {
  const values: [string, unknown][] = []
  for (const { key, source } of output.entries) {
    if (source.from === 'literal') {
      values.push([key, expandConfig(source.value, sources.expand)])
      continue
    }
    const text = await sourceText(key, source, sources)
    if (!text.ok) return text
    const value = decode(key, text.value, source)
    if (!value.ok) return value
    values.push([key, value.value])
  }
  return ok(Object.fromEntries(values))
}

type ReadSource = Exclude<StructuredOutput['entries'][number]['source'], { from: 'literal' }>

const sourceText = async (
  key: string,
  source: ReadSource,
  sources: StructuredSources,
): Promise<Result<string, Problem>> => {
  if (source.from !== 'file') return ok(sources[source.from])
  const field = `output.${key}.path`
  if (sources.files === undefined) return err(needsRunner('a file', field))
  const path = resolvePath(sources.cwd, expandText(source.path ?? '', PLACES.path, sources.expand))
  const text = await sources.files.readText(path)
  return text === undefined ? err(exprProblem('expr.bad_output', `there is no file ${path}`, field)) : ok(text)
}

const decode = (key: string, text: string, { decode, select }: ReadSource): Result<unknown, Problem> => {
  const field = `output.${key}`
  if (decode === 'text') return ok(capturedText(text))
  let value: unknown
  try {
    value = decode === 'json' ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100, uniqueKeys: false })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    return err(exprProblem('expr.bad_output', `${field} is no ${decode}: ${reason}`, field))
  }
  if (select === undefined) return ok(value)
  const path = parseSelect(select)
  if (path === undefined)
    return err(exprProblem('expr.bad_output', `"${select}" is no path such as .a.b[0]`, `${field}.select`))
  const found = selectPath(value, path)
  if (found === undefined) return err(exprProblem('expr.bad_output', `nothing at ${select}`, `${field}.select`))
  const digits = decode === 'json' ? exactDigits(selectPath(parseJsonExactly(text), path)) : undefined
  return ok(digits ?? found)
}

/** Key of a variable in the collected outputs: `MY_VAR` becomes `myVar`. */
export const outputKey = (variable: string): string =>
  variable
    .split('_')
    .filter(part => part !== '')
    .map((part, index) => (index === 0 ? part.toLowerCase() : part[0]!.toUpperCase() + part.slice(1).toLowerCase()))
    .join('')

/** The outputs of a run by their keys: in plan order, so the last step wins; `omit` leaves a step out, handlers never count. */
export const collectOutputs = (
  dag: Dag,
  result: (stepName: string) => StepResult | undefined,
  mask: (text: string) => string = text => text,
): Record<string, string> => {
  const collected = new Map<string, string>()
  for (const { name, output } of dag.steps) {
    if (output?.kind !== 'variable' || output.omit) continue
    const value = result(name)?.outputs?.[output.name]
    if (value !== undefined) collected.set(output.key ?? outputKey(output.name), mask(value))
  }
  return Object.fromEntries(collected)
}

export interface OutputsMetadata {
  dagName: string
  dagRunId: string
  attemptId: string
  status: string
  /** RFC 3339. */
  completedAt: string
  /** Display string of the parameters. */
  params: string
}

/** outputs.json of a run, `undefined` where nothing was collected. */
export const outputsJson = (metadata: OutputsMetadata, outputs: Record<string, string>): string | undefined =>
  Object.keys(outputs).length === 0 ? undefined : JSON.stringify({ metadata, outputs }, null, 2)

/** Size in bytes above which outputs.json deserves a warning. */
export const OUTPUTS_WARNING_BYTES = 1024 * 1024

export const isLargeOutputsJson = (text: string): boolean => utf8Length(text) > OUTPUTS_WARNING_BYTES
