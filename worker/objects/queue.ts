// A named global queue. Promise: never more admitted runs than slots; a slot is keyed (run, hold); releasing one and admitting
// the next is one commit; an admission is sent until its Dag has taken it.
import { admissible, positionOf } from '@edgedag/core/queue/admission'
import { AlarmClock } from '../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../host/port.ts'
import { migrate } from '../store/migrate.ts'
import { QUEUE_TABLES } from '../store/tables.ts'
import type { Kinds, QueueApi, QueueItem } from './contracts.ts'

/** A queue that nobody configured admits one run at a time. */
const DEFAULT_CONCURRENCY = 1
const REDELIVERY_MS = 5_000
const MAX_PENDING = 10_000

interface Item extends QueueItem {
  order: number
  /** 0: waiting. */
  hold: number
}

export class QueueObject implements Serves<QueueApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #items = new Map<string, Item>()
  /** Admissions that their Dag has acknowledged to this instance, as `run/hold`. */
  readonly #delivered = new Set<string>()
  #max = DEFAULT_CONCURRENCY
  #counter = 0

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    migrate(host.sql, QUEUE_TABLES)
    const settings = host.sql.exec<{ max: number; counter: number }>('SELECT max, counter FROM queue')[0]
    this.#max = settings?.max ?? DEFAULT_CONCURRENCY
    this.#counter = settings?.counter ?? 0
    for (const row of host.sql.exec<ItemRow>('SELECT run_id, dag_id, priority, enqueued_at, n, hold FROM item')) {
      this.#items.set(row.run_id, toItem(row))
      this.#counter = Math.max(this.#counter, row.n)
    }
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    if (this.#undelivered().length > 0) this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
  }

  configure(maxConcurrency: number | null): void {
    this.#max = maxConcurrency ?? DEFAULT_CONCURRENCY
    this.#admit(true)
  }

  enqueue(item: QueueItem): { admitted: boolean; position: number } {
    const earlier = this.#items.get(item.runId)
    // A retry of a run whose release is still on its way: that hold is over, and the retry gets one of its own.
    if (earlier !== undefined && earlier.hold > 0 && item.enqueuedAt > earlier.enqueuedAt) this.#drop(earlier)
    const known = this.#items.get(item.runId)
    if (known === undefined) {
      if (this.#items.size >= MAX_PENDING) throw new Error(`Queue ${this.#host.name} is full`)
      const added: Item = { ...item, order: ++this.#counter, hold: 0 }
      this.#items.set(item.runId, added)
      const admittedAtOnce = this.#admit(false, added)
      if (!admittedAtOnce) this.#insert(added)
    } else if (known.hold > 0) {
      // Whoever asks again may not have heard of the admission.
      this.#delivered.delete(slotKey(known))
      this.#host.background(this.#deliver())
    }
    const now = this.#items.get(item.runId)
    return { admitted: (now?.hold ?? 0) > 0, position: positionOf(this.#waiting(), item.runId) }
  }

  dequeue(runId: string): boolean {
    const item = this.#items.get(runId)
    if (item === undefined || item.hold > 0) return false
    this.#host.sql.exec('DELETE FROM item WHERE run_id = ?', runId)
    this.#items.delete(runId)
    return true
  }

  release(runId: string, hold: number): void {
    const item = this.#items.get(runId)
    if (item === undefined || item.hold !== hold) return
    this.#drop(item)
    this.#admit(false)
  }

  #drop(item: Item): void {
    this.#host.sql.exec('DELETE FROM item WHERE run_id = ?', item.runId)
    this.#items.delete(item.runId)
    this.#delivered.delete(slotKey(item))
  }

  describe() {
    const items = [...this.#items.values()]
    return {
      name: this.#host.name,
      maxConcurrency: this.#max,
      running: items.filter(item => item.hold > 0).map(item => item.runId),
      queued: this.#waiting()
        .sort((a, b) => positionOf(this.#waiting(), a.runId) - positionOf(this.#waiting(), b.runId))
        .map(({ runId, dagId, priority, enqueuedAt }) => ({ runId, dagId, priority, enqueuedAt })),
    }
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    await this.#deliver()
  }

  /** Admits what fits, in the commit of the caller; answers whether `added` (which has no row yet) was among it. */
  #admit(configured: boolean, added?: Item): boolean {
    const admitted = admissible(this.#waiting(), this.#items.size - this.#waiting().length, this.#max)
    for (const item of admitted) {
      item.hold = ++this.#counter
      if (item === added) this.#insert(item)
      else this.#host.sql.exec('UPDATE item SET hold = ? WHERE run_id = ?', item.hold, item.runId)
    }
    if (admitted.length > 0 || configured) {
      this.#host.sql.exec(
        'INSERT INTO queue (id, max, counter) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET max = excluded.max, counter = excluded.counter',
        this.#max,
        this.#counter,
      )
    }
    if (admitted.length > 0) this.#host.background(this.#deliver())
    return added !== undefined && admitted.includes(added)
  }

  #insert(item: Item): void {
    this.#host.sql.exec(
      'INSERT INTO item (run_id, dag_id, priority, enqueued_at, n, hold) VALUES (?, ?, ?, ?, ?, ?)',
      item.runId,
      item.dagId,
      item.priority,
      item.enqueuedAt,
      item.order,
      item.hold,
    )
  }

  /** Tells Dags of their admitted runs; what fails is told again by alarm. */
  async #deliver(): Promise<void> {
    const sent = this.#undelivered()
    if (sent.length === 0) return
    this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
    for (const item of sent) this.#delivered.add(slotKey(item))
    await Promise.all(
      sent.map(async item => {
        const slot = { queue: this.#host.name, hold: item.hold }
        try {
          await this.#host.object('dag', item.dagId).admitted(item.runId, slot)
        } catch {
          this.#delivered.delete(slotKey(item))
        }
      }),
    )
    if (this.#undelivered().length > 0) this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
  }

  #undelivered(): Item[] {
    return [...this.#items.values()].filter(item => item.hold > 0 && !this.#delivered.has(slotKey(item)))
  }

  #waiting(): Item[] {
    return [...this.#items.values()].filter(item => item.hold === 0)
  }
}

type ItemRow = { run_id: string; dag_id: string; priority: string; enqueued_at: number; n: number; hold: number }

const toItem = (row: ItemRow): Item => ({
  runId: row.run_id,
  dagId: row.dag_id,
  priority: row.priority === 'high' ? 'high' : 'low',
  enqueuedAt: row.enqueued_at,
  order: row.n,
  hold: row.hold,
})

const slotKey = (item: Item): string => `${item.runId}/${item.hold}`
