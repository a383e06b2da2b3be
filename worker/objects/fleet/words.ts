// What runs have said of their room on a runner that is not known yet: after a loss of memory their words may come before the runner's own.
import type { Grant } from './room.ts'

/** Runs whose last word is kept. */
const MAX_WORDS = 2_000

export interface Word {
  runId: string
  runnerId: string
  held: number
  /** Journal number of the Run. */
  seq: number
}

export class Words {
  readonly #words = new Map<string, Word>()

  keep(word: Word): void {
    if ((this.#words.get(word.runId)?.seq ?? -1) > word.seq) return
    this.#words.delete(word.runId)
    this.#words.set(word.runId, word)
    if (this.#words.size > MAX_WORDS) this.#words.delete(this.#words.keys().next().value!)
  }

  /** What the run holds there by its own word; undefined: it has said nothing of that runner. */
  take(runId: string, runnerId: string): Grant | undefined {
    const word = this.#words.get(runId)
    if (word?.runnerId !== runnerId) return undefined
    this.#words.delete(runId)
    return { count: word.held, seq: word.seq }
  }
}
