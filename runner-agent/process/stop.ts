// Ends a step and everything that comes from it. The process group is only where it begins: a descendant may have left it
// (setsid), lost its parent, or cleaned its environment, so members are gathered in three ways (group, ancestry, marker
// variable) and remembered once seen. The shell that waits for the step is spared: it has to write the exit code.

import { type Clock, sleep, systemClock } from './clock.ts'
import { currentBootId, hasEnvironEntry, hasProc, isAlive, listProcesses } from './proc.ts'
import { MARKER, type StepIdentity } from './types.ts'

export interface StopOptions {
  /** What is sent first, and again every `resendMs`. Default SIGTERM. */
  signal?: NodeJS.Signals
  /** After this long whatever lives gets SIGKILL (`max_clean_up_time_sec`). Default 5,000 ms. */
  maxCleanUpMs?: number
  resendMs?: number
  /** How long SIGKILL is tried before giving up on processes that the kernel does not let die. */
  giveUpMs?: number
  clock?: Clock
  pollMs?: number
}

export interface StopResult {
  /** SIGKILL was needed. */
  killed: boolean
  /** Pids that would not die (uninterruptible in the kernel, or not ours to signal); normally none. */
  survivors: number[]
}

/** Resolves when the step's process and all of its descendants are dead. How the step ended is told by its handle. */
export async function stopStep(key: string, identity: StepIdentity, options: StopOptions = {}): Promise<StopResult> {
  const { signal = 'SIGTERM', maxCleanUpMs = 5_000, resendMs = 5_000, giveUpMs = 10_000 } = options
  const { clock = systemClock, pollMs = 100 } = options
  if (identity.bootId !== currentBootId()) return { killed: false, survivors: [] }
  const family = hasProc ? new Family(key, identity) : new GroupOnly(identity)
  const begin = clock.now()
  let nextSend = begin
  let killed = false
  for (let pause = 5; ; pause = Math.min(pause * 2, pollMs)) {
    const now = clock.now()
    const overdue = now - begin >= maxCleanUpMs
    const sending = now >= nextSend || overdue
    if ((sending || family.allKnownDead()) && family.gather() === 0) return { killed, survivors: [] }
    if (overdue && killed && now - begin >= maxCleanUpMs + giveUpMs) return { killed, survivors: family.pids() }
    if (overdue) {
      killed = true
      family.send('SIGKILL')
      pause = Math.min(pause, 20)
    } else if (sending) {
      family.send(signal)
      nextSend = now + resendMs
    }
    const until = Math.min(nextSend, begin + maxCleanUpMs) - now
    await sleep(clock, until > 0 ? Math.min(pause, until) : pause)
  }
}

/** The processes of one step, as /proc shows them. */
class Family {
  readonly #identity: StepIdentity
  readonly #marker: Buffer
  /** pid -> start time. */
  readonly #known = new Map<number, string>()
  /** Looked at before and not ours, as `pid startTime`. */
  readonly #strangers = new Set<string>()

  constructor(key: string, identity: StepIdentity) {
    this.#identity = identity
    this.#marker = Buffer.from(`${MARKER}=${key}`)
    this.#known.set(identity.pid, identity.startTime)
  }

  allKnownDead(): boolean {
    for (const [pid, startTime] of this.#known) if (isAlive(pid, startTime)) return false
    return true
  }

  pids(): number[] {
    return [...this.#known.keys()]
  }

  /** Looks at every process of the host; returns how many of the step's live. */
  gather(): number {
    const { pgid, wrapperPid } = this.#identity
    const all = listProcesses()
    const live = new Map(all.map(stat => [stat.pid, stat.startTime]))
    for (const [pid, startTime] of this.#known) if (live.get(pid) !== startTime) this.#known.delete(pid)
    for (let before = -1; before !== this.#known.size; ) {
      before = this.#known.size
      for (const { pid, startTime, ...stat } of all) {
        if (this.#known.has(pid) || pid === wrapperPid || pid === process.pid) continue
        // The lane is the leader of its session, so a group of the same number elsewhere is not ours.
        const inGroup = stat.pgid === pgid && stat.session === wrapperPid
        if (inGroup || this.#known.has(stat.ppid) || this.#isMarked(pid, startTime)) this.#known.set(pid, startTime)
      }
    }
    return this.#known.size
  }

  send(signal: NodeJS.Signals): void {
    const { pid, pgid, startTime } = this.#identity
    // One call reaches a whole group, also what it forks meanwhile; not where the wrapper is in it.
    if (pid === pgid && this.#known.get(pid) === startTime) trySend(-pgid, signal)
    else if (this.#known.has(pid)) trySend(pid, signal)
    for (const member of listProcesses()) {
      const grouped = pid === pgid && this.#known.has(pid) && member.pgid === pgid
      if (!grouped && member.pid !== pid && this.#known.get(member.pid) === member.startTime)
        trySend(member.pid, signal)
    }
  }

  #isMarked(pid: number, startTime: string): boolean {
    const id = `${pid} ${startTime}`
    if (this.#strangers.has(id)) return false
    if (hasEnvironEntry(pid, this.#marker)) return true
    this.#strangers.add(id)
    return false
  }
}

/** Where there is no /proc: the process group is all that can be reached. */
class GroupOnly {
  readonly #pgid: number

  constructor(identity: StepIdentity) {
    this.#pgid = identity.pgid
  }

  allKnownDead(): boolean {
    return this.gather() === 0
  }

  pids(): number[] {
    return [this.#pgid]
  }

  gather(): number {
    return trySend(-this.#pgid, 0) ? 1 : 0
  }

  send(signal: NodeJS.Signals): void {
    trySend(-this.#pgid, signal)
  }
}

function trySend(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch {
    return false
  }
}
