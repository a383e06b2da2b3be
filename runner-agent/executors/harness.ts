// Coding tools as steps: a process like any other, given a prompt. Where the first tool fails the next of `fallback` is asked; only what
// the one that succeeds prints (or the last) is the step's output.
import { closeSync, existsSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import type { HarnessDefinition } from '@edgedag/core/spec/harness-providers'
import type { ExecutorContext, ExecutorEnd, StepExecutor } from './executor.ts'
import { programProblem } from './find-program.ts'
import { type HarnessSettings, harnessCall, pushedBackPrompt } from './harness-command.ts'

/** Becomes the tool itself, with the file as its standard input. */
const WITH_STDIN = ['/bin/sh', '-c', 'exec "$@" < "$0"']

const CHUNK_BYTES = 256 * 1024

/** The step's own settings, then those of `fallback` in order. */
function candidatesOf({ fallback, ...own }: HarnessSettings): HarnessSettings[] {
  const others = Array.isArray(fallback) ? (fallback as unknown[]) : []
  return [own, ...others.filter((other): other is HarnessSettings => typeof other === 'object' && other !== null)]
}

const nameOf = ({ provider }: HarnessSettings): string => (typeof provider === 'string' ? provider : 'without a name')

async function ask(
  context: ExecutorContext,
  settings: HarnessSettings,
  index: number,
  aside: string | undefined,
): Promise<ExecutorEnd> {
  const { request, dag, dir } = context
  const definitions = (dag.executorDefaults.harnesses ?? {}) as Record<string, HarnessDefinition>
  const prompt = pushedBackPrompt(request.commands[0] ?? '', context.env)
  const call = harnessCall(settings, definitions, prompt, request.script)
  if (typeof call === 'string') return { exitCode: 1, error: `harness: ${call}` }
  const problem = programProblem(call.argv[0]!, context.env.PATH, context.cwd)
  if (problem !== undefined) return { exitCode: 1, error: `harness: ${problem}` }
  const to = aside === undefined ? {} : { stdoutPath: aside }
  if (call.stdin === undefined) return await context.run({ index, argv: call.argv, ...to })
  const input = `${dir}.stdin-${index}`
  writeFileSync(input, call.stdin, { mode: 0o600 })
  try {
    return await context.run({ index, argv: [...WITH_STDIN, input, ...call.argv], ...to })
  } finally {
    rmSync(input, { force: true })
  }
}

/** What was kept aside becomes the step's output, a piece at a time. */
function publish(context: ExecutorContext, path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const [decoder, chunk] = [new TextDecoder(), Buffer.alloc(CHUNK_BYTES)]
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk))
      context.write('stdout', decoder.decode(chunk.subarray(0, read), { stream: true }))
    context.write('stdout', decoder.decode())
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
}

export const harnessExecutor: StepExecutor = {
  types: ['harness'],
  isRepeatable: () => false,
  isProcess: true,
  async execute(context) {
    const candidates = candidatesOf(context.request.config)
    let end: ExecutorEnd = { exitCode: 1 }
    for (const [index, settings] of candidates.entries()) {
      const isLast = index === candidates.length - 1
      // Nobody knows yet whether its output counts.
      const aside = isLast ? undefined : `${context.dir}.aside-${index}`
      end = await ask(context, settings, index, aside)
      if (end.exitCode === 0 && aside !== undefined) publish(context, aside)
      if (end.exitCode === 0 || end.lost || isLast || context.isInterrupted()) return end
      const why = end.error ?? `exit status ${end.exitCode}`
      const next = nameOf(candidates[index + 1]!)
      context.write('stderr', `harness: ${nameOf(settings)} failed (${why}); ${next} is asked\n`)
    }
    return end
  },
}
