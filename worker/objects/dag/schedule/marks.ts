// What a Dag's scheduler remembers: a row a mark, JSON. Promise: all marks that one look moves are in the commit of what it has started.
import type { OneOff, Skip } from '@edgedag/core/schedule/plan'
import type { SkipEntry } from '../../contracts.ts'
import type { DagStore } from '../store.ts'

/** The last look, and the zone in which the schedule is read: what is due until another zone counts is due in this one. */
export interface TickMark {
  at: number
  zone: string
}

/** A restart that waits for its runs to end; `look`: when it is looked again. Marks of former versions name no runs: all then at work. */
export interface RestartMark {
  at: number
  look: number
  runs?: string[]
}

interface Marks {
  tick: TickMark
  catchup: number[]
  oneoffs: OneOff[]
  restart: RestartMark
  /** Runs that a schedule has stopped, until each has heard of it. */
  stops: string[]
  /** Starts that were due and did not happen; neighbours of one reason are one entry. */
  skips: SkipEntry[]
}

const MOST_SKIPS = 20

export class ScheduleMarks {
  readonly #store: DagStore
  readonly #known = new Map<keyof Marks, unknown>()

  constructor(store: DagStore) {
    this.#store = store
  }

  get<K extends keyof Marks>(name: K): Marks[K] | null {
    if (!this.#known.has(name)) {
      const text = this.#store.mark(name)
      this.#known.set(name, text === null ? null : JSON.parse(text))
    }
    return this.#known.get(name) as Marks[K] | null
  }

  /** Writes a mark where it changes; null or an empty list: there is none. */
  set<K extends keyof Marks>(name: K, value: Marks[K] | null): void {
    const kept = Array.isArray(value) && value.length === 0 ? null : value
    if (JSON.stringify(kept) === JSON.stringify(this.get(name))) return
    this.#store.setMark(name, kept === null ? null : JSON.stringify(kept))
    this.#known.set(name, kept)
  }

  addSkips(skipped: readonly Skip[]): void {
    if (skipped.length === 0) return
    const skips = [...(this.get('skips') ?? [])]
    for (const skip of skipped) {
      const last = skips.at(-1)
      if (last !== undefined && last.reason === skip.reason && skip.reason !== 'missed')
        skips[skips.length - 1] = { ...last, at: skip.at, count: last.count + skip.count }
      else skips.push({ ...skip, from: skip.at })
    }
    this.set('skips', skips.slice(-MOST_SKIPS))
  }
}
