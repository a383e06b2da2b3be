// Copies of a step's streams into files of the user's choice. Done by the agent from the log files, never by a process in
// the pipeline: a `tee` would die with the step's group, or hold its end back as long as a grandchild lives. Where each copy
// began is kept in `<dir>.tee`, so that another agent goes on where this one stopped.

import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../state/make-folder.ts'
import type { Clock } from './clock.ts'
import { openTail } from './tail.ts'
import type { StepExit, StepRequest } from './types.ts'

const INTERVAL_MS = 200
/** The loop that answers pings must not starve: this much at a time. */
const SLICE_BYTES = 4 << 20
const CHUNK_BYTES = 1 << 18

/** One copy: what `from` has beyond `fromStart` belongs into `to` from `toStart` on. */
interface Copy {
  from: string
  fromStart: number
  to: string
  toStart: number
}

type TeeRequest = Pick<StepRequest, 'dir' | 'stdoutPath' | 'stderrPath' | 'tee' | 'merged'>

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Notes where the copies of a new step begin; call it before the step starts. Throws what the file system throws. */
export function prepareTee(request: TeeRequest): void {
  const { tee, stdoutPath } = request
  if (!tee?.stdout && !tee?.stderr) return
  const copies: Copy[] = []
  const add = (from: string, to: string | undefined): void => {
    if (to) copies.push({ from, fromStart: sizeOf(from), to, toStart: sizeOf(to) })
  }
  add(stdoutPath, tee.stdout)
  add(request.merged ? stdoutPath : request.stderrPath, tee.stderr)
  writeFileSync(`${request.dir}.tee`, JSON.stringify(copies))
}

/**
 * Copies while the step in `dir` runs, and all of the rest once it has ended; resolves like `exited` when that is done. A copy
 * that cannot be written turns exit code 0 into 1 with an `error`.
 */
export function runTee(dir: string, exited: Promise<StepExit>, clock: Clock): Promise<StepExit> {
  const noted = notedCopies(dir)
  if (noted.length === 0) return exited
  let copies: (() => number)[] | undefined
  let problem: string | undefined
  const copyAll = (): number => {
    if (problem !== undefined) return 0
    try {
      copies ??= noted.map(copier)
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
  again()
  return exited.then(async exit => {
    cancel()
    if (exit.notStarted) return exit
    while (copyAll() > 0) await new Promise(resolve => setImmediate(resolve))
    return problem !== undefined && exit.exitCode === 0 ? { exitCode: 1, error: problem } : exit
  })
}

function notedCopies(dir: string): Copy[] {
  try {
    return JSON.parse(readFileSync(`${dir}.tee`, 'utf8')) as Copy[]
  } catch {
    return []
  }
}

function copier(copy: Copy): () => number {
  makeFolder(dirname(copy.to))
  appendFileSync(copy.to, '')
  const done = Math.max(0, sizeOf(copy.to) - copy.toStart)
  const tail = openTail(copy.from, copy.fromStart + done)
  return () => {
    let copied = 0
    while (copied < SLICE_BYTES) {
      const bytes = tail.read(CHUNK_BYTES)
      if (bytes.length === 0) break
      appendFileSync(copy.to, bytes)
      copied += bytes.length
    }
    return copied
  }
}
