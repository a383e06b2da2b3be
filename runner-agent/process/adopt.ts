// Taking up a step that somebody else started: an earlier agent, or a lane that this agent has lost. What is true is read
// from the step's record and from the kernel, never remembered.

import { writeFileSync } from 'node:fs'
import { type Clock, sleep, systemClock } from './clock.ts'
import { currentBootId, isAlive } from './proc.ts'
import { readRecord, withdrawnPath } from './step-files.ts'
import { runTee } from './tee.ts'
import type { StepExit, StepHandle, StepIdentity } from './types.ts'

export type StepState =
  /** pid, start time and boot match a live process. */
  | { state: 'running'; identity: StepIdentity }
  | { state: 'exited'; exit: StepExit; identity?: StepIdentity }
  /** The process is gone and left no exit code; its shell may still be about to write one while `wrapperAlive`. */
  | { state: 'dead'; identity: StepIdentity; wrapperAlive: boolean; rebooted: boolean }
  /** Asked for, and not started (yet). */
  | { state: 'requested' }
  /** Nothing on the disk says that a step was ever asked for. */
  | { state: 'unknown' }

/** What the record and the kernel say now. */
export function inspectStep(dir: string, bootId: string = currentBootId()): StepState {
  const before = readRecord(dir).identity
  const alive = before !== undefined && before.bootId === bootId && isAlive(before.pid, before.startTime)
  // The record is read again after the process was looked at: one that ended in between has not yet been missed.
  const { asked, identity, exit } = readRecord(dir)
  if (exit) return identity ? { state: 'exited', exit, identity } : { state: 'exited', exit }
  if (!identity) return { state: asked ? 'requested' : 'unknown' }
  if (alive || !before) return { state: 'running', identity }
  const rebooted = identity.bootId !== bootId
  return { state: 'dead', identity, wrapperAlive: !rebooted && isAlive(identity.wrapperPid, '0'), rebooted }
}

/** Between the death of a process and of its shell, and what the shell wrote being seen. */
const WRITE_MS = 50

export interface AdoptOptions {
  clock?: Clock
  /** How often a running step is looked at, at most. */
  pollMs?: number
  /** How long a dead step's living shell is given to record its end. */
  settleMs?: number
  /** How long a step that was asked for is given to appear, after its job has been withdrawn. */
  appearMs?: number
}

/**
 * Supervises a step from its record until it ends. A step that was asked for and not started is withdrawn first (which a
 * lane looks for before it starts anything), so that it can never start later.
 */
export function adoptStep(key: string, dir: string, options: AdoptOptions = {}): StepHandle {
  const { clock = systemClock } = options
  if (inspectStep(dir).state === 'requested') withdraw(dir)
  let started: (identity: StepIdentity | undefined) => void = () => {}
  const startedPromise = new Promise<StepIdentity | undefined>(resolve => {
    started = resolve
  })
  const exited = runTee(dir, watch(dir, options, started), clock)
  void exited.then(() => started(undefined))
  return { key, dir, started: startedPromise, exited }
}

function withdraw(dir: string): void {
  try {
    writeFileSync(withdrawnPath(dir), '')
  } catch {
    // A full disk or a removed folder: then it is watched for as long as it might appear.
  }
}

async function watch(dir: string, options: AdoptOptions, started: (identity: StepIdentity) => void): Promise<StepExit> {
  const { clock = systemClock, pollMs = 250, settleMs = 5_000, appearMs = 2_000 } = options
  const bootId = currentBootId()
  let since = clock.now()
  for (let pause = 5; ; pause = Math.min(pause * 2, pollMs)) {
    const now = inspectStep(dir, bootId)
    const waited = clock.now() - since
    if ('identity' in now) started(now.identity)
    if (now.state === 'exited') return now.exit
    if (now.state === 'running') {
      since = clock.now()
    } else if (now.state === 'dead') {
      if (now.rebooted) return lost('the host was restarted while the step was running')
      if (waited >= (now.wrapperAlive ? settleMs : WRITE_MS))
        return lost('the step ended and its exit code was not recorded')
      pause = Math.min(pause, WRITE_MS)
    } else if (waited >= appearMs) {
      return { exitCode: 1, notStarted: true, error: 'the step was not started' }
    }
    await sleep(clock, pause)
  }
}

const lost = (error: string): StepExit => ({ exitCode: -1, lost: true, error })
