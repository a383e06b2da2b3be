// What the three kinds of work share: who may interrupt them, what they say while they go on, and errors that do not end them.
import { type ArchiveProblem, problemOf } from './problem.ts'

export interface Work {
  signal: AbortSignal
  /** PATH of the step. */
  programs: string | undefined
  /** Told of every file, with `verbose`. */
  say(line: string): void
}

/** Errors that are listed. */
const MAX_ERRORS = 100

/** Collects errors where they do not end the work. */
export class Errors {
  readonly list: string[] = []
  count = 0
  readonly #goesOn: boolean

  constructor(goesOn: boolean) {
    this.#goesOn = goesOn
  }

  /** Does it; an error ends all, or is collected. True: it is done. */
  async attempt(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      const problem: ArchiveProblem = problemOf(error)
      if (!this.#goesOn || signal.aborted) throw problem
      this.add(problem.message)
      return false
    }
  }

  add(message: string): void {
    this.count++
    if (this.list.length < MAX_ERRORS) this.list.push(message)
  }
}

/** As the format writes times: `1.5s`, `12ms`. */
export const durationSince = (from: number): string => {
  const ms = performance.now() - from
  return ms < 1000 ? `${Math.round(ms * 1000) / 1000}ms` : `${Math.round(ms) / 1000}s`
}
