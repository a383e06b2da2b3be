// Copies of a step's streams into files of the user's choice. Done by the agent from the log files, never by a process in
// the pipeline: a `tee` would die with the step's group, or hold its end back as long as a grandchild lives.

import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'
import { openTail } from './tail.ts'
import type { StepExit, StepRequest } from './types.ts'

const INTERVAL_MS = 200
/** The loop that answers pings must not starve: this much at a time. */
const SLICE_BYTES = 4 << 20

type TeeRequest = Pick<StepRequest, 'stdoutPath' | 'stderrPath' | 'tee' | 'merged'>

/**
 * Copies while the step runs, and all of the rest once it has ended; resolves like `exited` when that is done. A copy that
 * cannot be written turns a successful exit into exit code 1 with `error`.
 */
export function startTee(request: TeeRequest, exited: Promise<StepExit>, clock: Clock): Promise<StepExit> {
  const { tee } = request
  if (!tee?.stdout && !tee?.stderr) return exited
  const copies: (() => number)[] = []
  if (tee.stdout) copies.push(copier(request.stdoutPath, tee.stdout))
  if (tee.stderr) copies.push(copier(request.merged ? request.stdoutPath : request.stderrPath, tee.stderr))
  let problem: string | undefined
  const copyAll = (): number => {
    if (problem !== undefined) return 0
    try {
      return copies.reduce((sum, copy) => sum + copy(), 0)
    } catch (error) {
      problem = `a copy of the output could not be written: ${(error as Error).message}`
      return 0
    }
  }
  let cancel = (): void => {}
  const again = (): void => {
    copyAll()
    cancel = clock.after(INTERVAL_MS, again)
  }
  cancel = clock.after(INTERVAL_MS, again)
  return exited.then(async exit => {
    cancel()
    if (exit.notStarted) return exit
    while (copyAll() > 0) await new Promise(resolve => setImmediate(resolve))
    return problem !== undefined && exit.exitCode === 0 ? { exitCode: 1, error: problem } : exit
  })
}

/** Only what the step adds: a log that an earlier command of the same step began is not copied again. */
function copier(from: string, to: string): () => number {
  const tail = openTail(from, statSync(from, { throwIfNoEntry: false })?.size ?? 0)
  let created = false
  return () => {
    if (!created) mkdirSync(dirname(to), { recursive: true })
    created = true
    let copied = 0
    while (copied < SLICE_BYTES) {
      const bytes = tail.read(1 << 18)
      if (bytes.length === 0 && copied > 0) break
      appendFileSync(to, bytes)
      if (bytes.length === 0) break
      copied += bytes.length
    }
    return copied
  }
}
