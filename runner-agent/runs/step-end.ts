// What a step leaves behind when it has ended: error text, captured values, facts for the Run's policies, ends of its logs.
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { createOutputMatcher } from '@edgedag/core/expr/pattern'
import { writtenNumbers } from '@edgedag/core/expr/policy'
import { secretsOf } from '@edgedag/core/expr/run-scope'
import type { StepPlan } from '@edgedag/core/expr/step-plan'
import { evaluateAfter } from '@edgedag/core/expr/step-result'
import type { StepInput } from '@edgedag/core/expr/step-scope'
import type { Facts, LogEnd } from '@edgedag/core/protocol/frames'
import { hideCaptured } from '@edgedag/core/vault/hidden-values'
import { readLogEnd } from '../logs/log-end.ts'
import { readLogPart } from '../logs/read.ts'
import type { StepExit } from '../process/types.ts'
import type { FinishedEvent, RawResult } from './host-run-state.ts'
import type { StepFiles } from './step-files.ts'
import type { StepItem, Verdict } from './step-item.ts'
import type { RunWorld } from './world.ts'

const STDERR_TAIL_BYTES = 1024

/** Why a process failed: its exit status and the end of what it said; nothing after success. */
export const errorText = (exit: StepExit, files: StepFiles): { error?: string } => {
  if (exit.error !== undefined) return { error: exit.error }
  if (exit.exitCode === 0) return {}
  const status = exit.signal === undefined ? `exit status ${exit.exitCode}` : `signal: ${exit.signal}`
  const path = files.alone?.stderr
  const tail = path === undefined ? '' : readLogPart(path, -STDERR_TAIL_BYTES, STDERR_TAIL_BYTES, true).text.trimEnd()
  return { error: tail === '' ? status : `${status}\nrecent stderr (tail):\n${tail}` }
}

export interface Published {
  outcome?: FinishedEvent['outcome']
  exitCode?: number
  error?: string
  outputs?: Record<string, string>
  structured?: Record<string, unknown>
  facts?: Facts
  sealed?: string
  raw?: RawResult
}

/** Captured outputs and facts. Most steps have neither, and then nothing is read and nothing awaited. */
export const publish = (
  world: RunWorld,
  input: StepInput,
  plan: StepPlan,
  files: StepFiles,
  verdict: Verdict,
): Published | Promise<Published> => {
  const { output, repeatPolicy, retryPolicy, continueOn } = input.step
  if (verdict.outcome === 'lost') return {}
  const isPlain =
    output === undefined && repeatPolicy === undefined && retryPolicy === undefined && !continueOn?.output.length
  return isPlain ? {} : publishAll(world, input, plan, files, verdict)
}

const publishAll = async (
  world: RunWorld,
  input: StepInput,
  plan: StepPlan,
  files: StepFiles,
  verdict: Verdict,
): Promise<Published> => {
  const { step, dag } = input
  const wantsText = step.output !== undefined
  const limit = dag.maxOutputSize
  const after = await evaluateAfter(input, plan, {
    exitCode: verdict.exitCode,
    stdout: wantsText ? readHead(files.alone?.stdout ?? files.stdout, limit) : { bytes: 0, text: '' },
    ...(step.output?.kind === 'structured' ? { stderr: readHead(files.alone?.stderr ?? files.stderr, limit) } : {}),
    interrupted: verdict.outcome !== 'succeeded' && verdict.outcome !== 'failed',
  })
  const facts: Facts = {
    ...writtenNumbers(step, plan.policy),
    ...(after.repeatCondition === undefined ? {} : { repeatCondition: after.repeatCondition }),
    ...(await continueOnOutput(input, files, verdict)),
  }
  const { outputs, structured } = after.result
  const { problem } = after
  return {
    ...maskedValues(world, step.name, { ...(outputs && { outputs }), ...(structured && { structured }) }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(problem === undefined ? {} : { outcome: 'failed', exitCode: 1, error: world.mask.text(problem.message) }),
  }
}

const maskedValues = ({ mask, sealer, run, scope }: RunWorld, step: string, raw: RawResult): Published => {
  if (mask.masker === undefined || (raw.outputs === undefined && raw.structured === undefined)) return raw
  const secrets = scope === undefined ? [] : secretsOf(scope.data)
  const { shown, sealed } = hideCaptured(raw, step, { runId: run.runId, secrets, sealer }, mask)
  return shown === raw ? raw : { ...shown, raw, ...(sealed === undefined ? {} : { sealed }) }
}

/** `continue_on.output` looks at the stdout log alone (yaml seed); a merged log holds both streams. */
const continueOnOutput = async ({ step }: StepInput, files: StepFiles, verdict: Verdict): Promise<Facts> => {
  const patterns = step.continueOn?.output ?? []
  if (patterns.length === 0 || verdict.outcome === 'succeeded') return {}
  const matcher = createOutputMatcher(patterns)
  try {
    for await (const chunk of createReadStream(files.stdout, { encoding: 'utf8', highWaterMark: 256 * 1024 }))
      matcher.push(chunk as string)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return { continueOnOutput: matcher.end() }
}

const readHead = (path: string, limit: number): { bytes: number; text: string } => {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return { bytes: 0, text: '' }
  }
  try {
    const { size } = fstatSync(fd)
    const buffer = Buffer.allocUnsafe(Math.min(size, limit))
    const got = readSync(fd, buffer, 0, buffer.length, 0)
    return { bytes: size, text: buffer.toString('utf8', 0, got) }
  } finally {
    closeSync(fd)
  }
}

type StreamEnds = Partial<Pick<FinishedEvent, 'stdout' | 'stderr'>>

/** Ends of the step's logs, as the world sees them. Waits only for big logs. */
export const finishedStreams = (
  world: RunWorld,
  item: StepItem,
  files: StepFiles,
): StreamEnds | Promise<StreamEnds> => {
  const { logCapBytes } = world.host
  const end = (stream: 'stdout' | 'stderr') => {
    const path = world.logs.visiblePath(stream, files)
    const segmented = world.logs.isSegmented(item.step, item.attempt, stream)
    return readLogEnd(path, { segmented, ...(logCapBytes === undefined ? {} : { capBytes: logCapBytes }) })
  }
  const ready = world.logs.complete(item.step, item.attempt)
  if (ready) return ready.then(() => finishedStreams(world, item, files))
  const ends = files.streams.map(stream => [stream, end(stream)] as const)
  if (ends.every(([, value]) => !(value instanceof Promise))) return Object.fromEntries(ends) as Record<string, LogEnd>
  return Promise.all(ends.map(async ([stream, value]) => [stream, await value] as const)).then(
    all => Object.fromEntries(all) as StreamEnds,
  )
}
