// Those who wait, in their order. Promise: a position is found by halving and never by sorting anew.
import { rankBetween } from './rank.ts'

export interface Waiting {
  runId: string
  rank: string
}

/** Where an item is to go: first, last, or right before another one. */
export type Destination = { to: 'first' | 'last' } | { before: string }

export class Line<T extends Waiting> {
  readonly #items: T[] = []
  readonly #byId = new Map<string, T>()

  constructor(items: Iterable<T> = []) {
    this.#items = [...items].sort(byRank)
    for (const item of this.#items) this.#byId.set(item.runId, item)
  }

  get size(): number {
    return this.#items.length
  }

  get(runId: string): T | undefined {
    return this.#byId.get(runId)
  }

  has(runId: string): boolean {
    return this.#byId.has(runId)
  }

  add(item: T): void {
    if (this.#byId.has(item.runId)) return
    this.#items.splice(this.#place(item), 0, item)
    this.#byId.set(item.runId, item)
  }

  remove(runId: string): T | undefined {
    const item = this.#byId.get(runId)
    if (item === undefined) return undefined
    this.#items.splice(this.#place(item), 1)
    this.#byId.delete(runId)
    return item
  }

  /** Place in the line, from 1; 0 for an item that is not in it. */
  positionOf(runId: string): number {
    const item = this.#byId.get(runId)
    return item === undefined ? 0 : this.#place(item) + 1
  }

  /** Items from a position (from 0), in order. */
  page(from: number, limit: number): T[] {
    return this.#items.slice(from, from + limit)
  }

  /** In order; the line must not be changed meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items[Symbol.iterator]()
  }

  /**
   * The rank that puts an item there, be it in the line or about to come; null: there is no such place. Where it is already, it keeps
   * its rank: one made without a neighbour would say nothing about those who come later.
   */
  rankFor(runId: string, where: Destination): string | null {
    if ('to' in where) {
      const there = this.#items.at(where.to === 'first' ? 0 : -1)
      if (there?.runId === runId) return there.rank
      return where.to === 'first' ? rankBetween(null, there?.rank ?? null) : rankBetween(there?.rank ?? null, null)
    }
    const next = this.#byId.get(where.before)
    if (next === undefined || next.runId === runId) return null
    const place = this.#place(next)
    const ahead = this.#items[place - 1]
    const behind = ahead?.runId === runId ? this.#items[place - 2] : ahead
    return rankBetween(behind?.rank ?? null, next.rank)
  }

  /** Index of an item, or where it would be put. */
  #place(item: Waiting): number {
    let [low, high] = [0, this.#items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (byRank(this.#items[middle]!, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Equal ranks cannot come from one queue, but no order may depend on that. */
const byRank = (a: Waiting, b: Waiting): number =>
  a.rank === b.rank ? (a.runId < b.runId ? -1 : a.runId === b.runId ? 0 : 1) : a.rank < b.rank ? -1 : 1
