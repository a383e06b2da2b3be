// Which lane runs the next job. Lanes are shared by all runs of an agent: a busy one has one job, idle ones are kept for a
// while, because opening one costs five milliseconds and reusing one costs none. What is due each minute finds its lanes open: an
// idle one takes less than half a megabyte.

import type { Clock } from './clock.ts'
import type { LaneVariables } from './job-file.ts'

export interface Lane {
  readonly id: string
  /** What its shell and its files hold now. */
  variables: LaneVariables
  affinity: string | undefined
  /** Jobs it has run. */
  jobs: number
}

export interface LanePoolOptions {
  open(): string
  close(id: string): void
  clock: Clock
  /** A lane that cannot take a second job (the sh fallback). */
  reusable: boolean
  maxIdle?: number
  idleMs?: number
  /** Its notice file and job table grow by some bytes a job: then a fresh one. */
  maxJobs?: number
}

export class LanePool {
  readonly #options: Required<LanePoolOptions>
  /** Least recently used first. */
  #idle: { lane: Lane; cancel: () => void }[] = []

  constructor(options: LanePoolOptions) {
    this.#options = { maxIdle: 24, idleMs: 150_000, maxJobs: 2_000, ...options }
  }

  get idleCount(): number {
    return this.#idle.length
  }

  /** An idle lane of the same run if there is one, else the most recently used, else a new one. */
  take(affinity: string | undefined): Lane {
    let at = this.#idle.length - 1
    if (affinity !== undefined) {
      const same = this.#idle.findLastIndex(entry => entry.lane.affinity === affinity)
      if (same >= 0) at = same
    }
    const [entry] = at >= 0 ? this.#idle.splice(at, 1) : []
    entry?.cancel()
    const lane = entry?.lane ?? { id: this.#options.open(), variables: { exported: new Map() }, affinity, jobs: 0 }
    lane.affinity = affinity
    lane.jobs++
    return lane
  }

  /** A lane whose job has ended. */
  give(lane: Lane): void {
    const { reusable, maxJobs, maxIdle, idleMs, clock, close } = this.#options
    if (!reusable || lane.jobs >= maxJobs) {
      close(lane.id)
      return
    }
    const cancel = clock.after(idleMs, () => {
      this.#idle = this.#idle.filter(entry => entry.lane !== lane)
      close(lane.id)
    })
    this.#idle.push({ lane, cancel })
    if (this.#idle.length <= maxIdle) return
    const oldest = this.#idle.shift()
    oldest?.cancel()
    if (oldest) close(oldest.lane.id)
  }

  /** That lane is no more. */
  forget(id: string): void {
    const at = this.#idle.findIndex(entry => entry.lane.id === id)
    if (at >= 0) this.#idle.splice(at, 1)[0]?.cancel()
  }

  closeAll(): void {
    for (const { lane, cancel } of this.#idle.splice(0)) {
      cancel()
      this.#options.close(lane.id)
    }
  }
}
