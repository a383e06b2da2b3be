// From a Dag to the Index: rows by change number, in batches, resumed from the number that the Index holds.
// Promise: nothing is written for it; what was not acknowledged is fed again after any crash.
import type { ObjectHost } from '../../host/port.ts'
import { type DagListItem, type Kinds, type RunSummary, SINGLETON } from '../contracts.ts'
import type { DagStore, RunRow } from './store.ts'

/** Changes of so many milliseconds travel together. */
const GATHER_MS = 200
const MAX_ROWS = 200

export class DagFeed {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #item: () => DagListItem | null
  readonly #line: (row: RunRow) => RunSummary
  readonly #spec: () => { hash: string; text: string } | null
  /** Text that this instance has told. */
  #toldHash = ''
  /** Change number that the Index holds; null: not asked yet. */
  #held: number | null = null
  #running: Promise<void> | null = null
  /** The list item changed without a run. */
  #itemChanged = false

  constructor(
    host: ObjectHost<Kinds>,
    store: DagStore,
    item: () => DagListItem | null,
    line: (row: RunRow) => RunSummary,
    spec: () => { hash: string; text: string } | null,
  ) {
    this.#host = host
    this.#store = store
    this.#item = item
    this.#line = line
    this.#spec = spec
  }

  /** Nothing is left to tell. */
  get done(): boolean {
    return !this.#itemChanged && this.#held === this.#store.change
  }

  /** Something is known not to have been told; what an earlier instance left is told by its alarm or the sweep. */
  get isBehind(): boolean {
    return this.#itemChanged || (this.#held !== null && this.#held !== this.#store.change)
  }

  /** Feeds what has changed, after a moment in which more may come. */
  soon(): void {
    if (this.#running === null) this.#host.background(this.#run(GATHER_MS))
  }

  /** Feeds the list item now and waits for it. */
  async itemNow(): Promise<void> {
    this.#itemChanged = true
    this.#toldHash = ''
    await this.now()
  }

  /** Feeds what there is now and waits for it. */
  async now(): Promise<void> {
    await this.#running?.catch(() => {})
    if (!this.done) await this.#run(0)
  }

  #run(gatherMs: number): Promise<void> {
    this.#running ??= this.#feedAll(gatherMs).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #feedAll(gatherMs: number): Promise<void> {
    const index = this.#host.object('index', SINGLETON)
    do {
      if (gatherMs > 0) {
        await this.#host.pause(gatherMs)
        // Lists may be late; runs that are due may not.
        await this.#host.afterTurns()
      }
      this.#held ??= await index.acknowledged(this.#host.name)
      if (this.done) return
      this.#itemChanged = false
      const from = this.#held
      const rows = this.#store.changedSince(from, MAX_ROWS)
      const to = rows.length === MAX_ROWS ? rows.at(-1)!.change : this.#store.change
      const removed = this.#store.removedSince(from)
      const [item, spec] = [this.#item(), this.#spec()]
      const news = item === null || spec === null || spec.hash === this.#toldHash ? [] : ([spec] as const)
      this.#held = await index.feed(this.#host.name, from, to, rows.map(this.#line), removed, item, ...news)
      if (news.length > 0 && this.#held >= to) this.#toldHash = news[0]!.hash
      this.#store.acknowledged(this.#held)
    } while (!this.done)
  }
}
