// A named global queue. Promise: never more admitted runs than slots; a slot is keyed (run, hold); releasing one and admitting
// the next is one commit; an admission is sent until its Dag has taken it; a slot whose release was lost is found and freed; a reorder
// writes one row.
import { Line } from '@edgedag/core/queue/line'
import { newMean, placeOf, type QueueState } from '@edgedag/core/queue/place'
import { arrivalRank } from '@edgedag/core/queue/rank'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import type {
  Destination,
  Kinds,
  Priority,
  QueueApi,
  QueueDescription,
  QueuedItem,
  QueueItem,
  QueuePlace,
  QueueRefusal,
} from '../contracts.ts'
import { type Item, QueueStore } from './store.ts'

/** A queue that nobody configured admits one run at a time. */
const DEFAULT_CONCURRENCY = 1
const REDELIVERY_MS = 5_000
/** Who holds a slot is asked this often whether it is still his: its Dag or its Run gives back what it does not know. */
const SETTLE_MS = 60_000
const MAX_PENDING = 100_000

export class QueueObject implements Serves<QueueApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #store: QueueStore
  readonly #waiting: Line<Item>
  readonly #running = new Map<string, Item>()
  /** Admissions that their Dag has acknowledged to this instance, as `run/hold`, with the time at which it was told. */
  readonly #delivered = new Map<string, number>()

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    this.#store = new QueueStore(host.sql, DEFAULT_CONCURRENCY)
    const items = this.#store.items()
    this.#waiting = new Line(items.filter(item => item.hold === 0))
    for (const item of items) if (item.hold > 0) this.#running.set(item.runId, item)
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    if (this.#undelivered().length > 0) this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
  }

  configure(maxConcurrency: number | null): void {
    const { settings } = this.#store
    const leaving = maxConcurrency === null && settings.max !== DEFAULT_CONCURRENCY && !this.#isEmpty
    const max = maxConcurrency ?? (leaving ? settings.max : DEFAULT_CONCURRENCY)
    if (max === settings.max && leaving === settings.leaving) return
    Object.assign(settings, { max, leaving })
    this.#admit(true)
  }

  get #isEmpty(): boolean {
    return this.#waiting.size + this.#running.size === 0
  }

  /** The last has gone: what is no longer configured is as if it never had been. */
  #leaveWhenEmpty(): void {
    const { settings } = this.#store
    if (!settings.leaving || !this.#isEmpty) return
    Object.assign(settings, { max: DEFAULT_CONCURRENCY, leaving: false })
    this.#store.saveSettings()
  }

  setPaused(paused: boolean): void {
    if (paused === this.#store.settings.paused) return
    this.#store.settings.paused = paused
    this.#admit(true)
  }

  enqueue({ first, ...item }: QueueItem & { first?: true }): { admitted: boolean; position: number } {
    const earlier = this.#running.get(item.runId)
    // A retry of a run whose release is still on its way: that hold is over, and the retry gets one of its own.
    if (earlier !== undefined && item.enqueuedAt > earlier.enqueuedAt) this.#drop(earlier)
    const running = this.#running.get(item.runId)
    if (running !== undefined) {
      // Whoever asks again may not have heard of the admission.
      this.#delivered.delete(slotKey(running))
      this.#host.background(this.#deliver())
    } else if (!this.#waiting.has(item.runId)) {
      if (this.#waiting.size >= MAX_PENDING) throw new Error(`Queue ${this.#host.name} is full`)
      const order = this.#store.nextNumber()
      const arrival = arrivalRank(item.enqueuedAt, order, item.priority)
      // Before nobody in particular is where its arrival puts it: a rank of its own making could come after those to come.
      const rank = first && this.#waiting.size > 0 ? this.#waiting.rankFor(item.runId, { to: 'first' })! : arrival
      const added: Item = { ...item, rank, order, hold: 0, admittedAt: 0 }
      this.#waiting.add(added)
      if (!this.#admit(false, added)) this.#store.insert(added)
    }
    return { admitted: this.#running.has(item.runId), position: this.#waiting.positionOf(item.runId) }
  }

  dequeue(runId: string): boolean {
    return this.dequeueAll([runId]).waited.length > 0
  }

  dequeueAll(runIds: string[]): { waited: string[]; admitted: string[] } {
    const gone = runIds.filter(runId => this.#waiting.remove(runId) !== undefined)
    if (gone.length > 0) this.#store.remove(gone)
    this.#leaveWhenEmpty()
    return { waited: gone, admitted: runIds.filter(runId => this.#running.has(runId)) }
  }

  release(runId: string, hold: number): void {
    const item = this.#running.get(runId)
    if (item === undefined || item.hold !== hold) return
    const { settings } = this.#store
    settings.meanMs = newMean(settings.meanMs, Math.max(0, this.#host.now() - item.admittedAt))
    this.#drop(item)
    this.#admit(false)
    this.#leaveWhenEmpty()
  }

  #drop(item: Item): void {
    this.#store.remove([item.runId])
    this.#running.delete(item.runId)
    this.#delivered.delete(slotKey(item))
  }

  move(runId: string, where: Destination): 'ok' | QueueRefusal {
    const rank = this.#waiting.rankFor(runId, where)
    return rank === null && this.#waiting.has(runId) ? 'no_such_place' : this.#reorder(runId, () => rank!)
  }

  setPriority(runId: string, priority: Priority): 'ok' | QueueRefusal {
    return this.#reorder(runId, item => {
      item.priority = priority
      return arrivalRank(item.enqueuedAt, item.order, priority)
    })
  }

  #reorder(runId: string, rankOf: (item: Item) => string): 'ok' | QueueRefusal {
    const item = this.#waiting.remove(runId)
    if (item === undefined) return this.#running.has(runId) ? 'running' : 'unknown'
    item.rank = rankOf(item)
    this.#waiting.add(item)
    this.#store.reorder(item)
    return 'ok'
  }

  describe(): QueueDescription {
    const { max, paused, leaving, meanMs } = this.#store.settings
    return {
      name: this.#host.name,
      maxConcurrency: max,
      paused,
      ...(leaving ? { leaving } : {}),
      meanMs,
      running: [...this.#running.values()].map(({ runId, dagId, admittedAt }) => ({ runId, dagId, admittedAt })),
      queuedCount: this.#waiting.size,
    }
  }

  items({ from, limit }: { from: number; limit: number }): QueuedItem[] {
    const [state, now] = [this.#state(), this.#host.now()]
    return this.#waiting.page(from, limit).map(({ runId, dagId, priority, enqueuedAt }, i) => {
      const { position, startsAt } = placeOf(state, from + i + 1, this.#waiting.size, now)
      return { runId, dagId, priority, enqueuedAt, position, startsAt }
    })
  }

  place(runId: string): QueuePlace | null {
    const position = this.#waiting.positionOf(runId)
    return position === 0 ? null : placeOf(this.#state(), position, this.#waiting.size, this.#host.now())
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    const overdue = this.#host.now() - SETTLE_MS
    for (const [key, toldAt] of this.#delivered) if (toldAt <= overdue) this.#delivered.delete(key)
    await this.#deliver()
    const next = Math.min(...this.#delivered.values()) + SETTLE_MS
    if (this.#running.size > 0 && Number.isFinite(next)) this.#alarm.wakeBy(next)
  }

  #state(): QueueState {
    const { max, paused, meanMs } = this.#store.settings
    const admittedAt = [...this.#running.values()].map(item => item.admittedAt)
    return { name: this.#host.name, maxConcurrency: max, paused, meanMs, admittedAt }
  }

  /** Admits what fits, in the commit of the caller; answers whether `added` (which has no row yet) was among it. */
  #admit(configured: boolean, added?: Item): boolean {
    const { max, paused } = this.#store.settings
    const admitted = paused ? [] : this.#waiting.page(0, Math.max(0, max - this.#running.size))
    for (const item of admitted) {
      this.#waiting.remove(item.runId)
      item.hold = this.#store.nextNumber()
      item.admittedAt = this.#host.now()
      this.#running.set(item.runId, item)
      if (item === added) this.#store.insert(item)
      else this.#store.admit(item)
    }
    if (admitted.length > 0 || configured) this.#store.saveSettings()
    if (admitted.length > 0) this.#host.background(this.#deliver())
    return added !== undefined && admitted.includes(added)
  }

  /** Tells Dags of their admitted runs; what fails is told again by alarm. */
  async #deliver(): Promise<void> {
    const sent = this.#undelivered()
    if (sent.length === 0) return
    this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
    for (const item of sent) this.#delivered.set(slotKey(item), this.#host.now())
    await Promise.all(
      sent.map(async item => {
        const slot = { queue: this.#host.name, hold: item.hold }
        try {
          await this.#host.object('dag', item.dagId).admitted(item.runId, slot, item.enqueuedAt)
        } catch {
          this.#delivered.delete(slotKey(item))
        }
      }),
    )
    if (this.#undelivered().length > 0) this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
  }

  #undelivered(): Item[] {
    return [...this.#running.values()].filter(item => !this.#delivered.has(slotKey(item)))
  }
}

const slotKey = (item: Item): string => `${item.runId}/${item.hold}`
