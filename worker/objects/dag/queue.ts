// Who of a DAG's runs may go on: its own queue (one run at a time) and its concurrency keys. Promise: it holds no truth of its own, it
// is an index over the rows of unfinished runs; a run that shares a key with as many as the key allows waits, whatever way it came.
import { Line } from '@edgedag/core/queue/line'
import { placeOf, placeText, type QueuePlace, type QueueState } from '@edgedag/core/queue/place'
import type { RunRow } from './store.ts'

/** Runs of one DAG that its own queue lets run at once, where no concurrency key says otherwise. */
export const OWN_CONCURRENCY = 1

interface Member {
  runId: string
  rank: string
  row: RunRow
}

/** Waits at its Dag: for its own queue, or for its concurrency key. */
const waitsHere = ({ phase, duty, spec }: RunRow): boolean =>
  phase === 'queued' &&
  (duty.action === 'go_on' || (duty.queue === null && spec.backfill === undefined) || duty.gated === true)

export class DagQueue {
  readonly #line = new Line<Member>()
  readonly #active = new Map<string, number>()
  /** Runs that hold a concurrency key, oldest first. */
  readonly #holders = new Map<string, Map<string, RunRow>>()
  #keyedInLine = 0
  paused = false

  /** Takes in a row as it is now. */
  note(row: RunRow, now: number): void {
    const { runId, phase, duty, spec } = row
    const member = this.#line.get(runId)
    if (member !== undefined && (!waitsHere(row) || member.rank !== duty.rank)) this.#leaveLine(member)
    if (waitsHere(row) && !this.#line.has(runId)) this.#enterLine({ runId, rank: duty.rank ?? '', row })
    // A backfill has a concurrency of its own.
    if (phase !== 'active' || spec.backfill !== undefined) this.#active.delete(runId)
    else if (!this.#active.has(runId)) this.#active.set(runId, row.summary.startedAt ?? now)
    const key = spec.concurrency?.key
    if (key === undefined) return
    if (phase === 'done' || waitsHere(row)) this.#unhold(key, runId)
    else this.#hold(key, row)
  }

  /** The row is gone. */
  drop(row: RunRow): void {
    const member = this.#line.get(row.runId)
    if (member !== undefined) this.#leaveLine(member)
    this.#active.delete(row.runId)
    if (row.spec.concurrency !== undefined) this.#unhold(row.spec.concurrency.key, row.runId)
  }

  get activeIds(): string[] {
    return [...this.#active.keys()]
  }

  get size(): number {
    return this.#line.size
  }

  /** From 1; 0: it does not wait here. */
  positionOf(runId: string): number {
    return this.#line.positionOf(runId)
  }

  has(runId: string): boolean {
    return this.#line.has(runId)
  }

  /** The first that may go on now; null: nobody. */
  next(): RunRow | null {
    if (this.paused) return null
    for (const { row } of this.#line) {
      if (this.mayPass(row)) return row
      // Behind one that waits for the own queue only those with a key may pass.
      if (row.spec.concurrency === undefined && this.#keyedInLine === 0) return null
    }
    return null
  }

  /** Room for it, whoever else waits: its key is free, or, without one, nothing of this DAG runs. */
  mayPass({ spec, duty }: Pick<RunRow, 'spec' | 'duty'>): boolean {
    if (spec.concurrency !== undefined) return this.holdersOf(spec.concurrency.key).length < spec.concurrency.limit
    return duty.queue !== null || this.#active.size < OWN_CONCURRENCY
  }

  holdersOf(key: string): RunRow[] {
    return [...(this.#holders.get(key)?.values() ?? [])]
  }

  /** Others that wait here for the same key. */
  waitingFor(key: string): RunRow[] {
    return [...this.#line].filter(({ row }) => row.spec.concurrency?.key === key).map(({ row }) => row)
  }

  page(from: number, limit: number): RunRow[] {
    return this.#line.page(from, limit).map(({ row }) => row)
  }

  rankFor: Line<Member>['rankFor'] = (runId, where) => this.#line.rankFor(runId, where)

  /** The place of a run that waits here; null: it does not. */
  place(row: RunRow, meanMs: number | null, now: number): QueuePlace | null {
    const position = this.#line.positionOf(row.runId)
    return position === 0 ? null : placeOf(this.state(row.spec.dagName, meanMs), position, this.#line.size, now)
  }

  state(name: string, meanMs: number | null): QueueState {
    return {
      name,
      maxConcurrency: OWN_CONCURRENCY,
      paused: this.paused,
      admittedAt: [...this.#active.values()],
      meanMs,
    }
  }

  /** Why a run waits here, in words; null: it does not. */
  reason(row: RunRow, meanMs: number | null, now: number): string | null {
    const place = this.place(row, meanMs, now)
    if (place === null) return null
    const { concurrency } = row.spec
    if (concurrency === undefined || this.paused) return placeText(place, now)
    const runs = this.holdersOf(concurrency.key).map(({ runId }) => runId)
    const who = runs.length > 3 ? `${runs.length} runs` : runs.length > 0 ? `run ${runs.join(', ')}` : 'those before it'
    const many = concurrency.limit === 1 ? 'one run' : `${concurrency.limit} runs`
    return `waits for ${who}: concurrency key "${concurrency.key}" lets ${many} go at a time`
  }

  #enterLine(member: Member): void {
    this.#line.add(member)
    if (member.row.spec.concurrency !== undefined) this.#keyedInLine += 1
  }

  #leaveLine(member: Member): void {
    this.#line.remove(member.runId)
    if (member.row.spec.concurrency !== undefined) this.#keyedInLine -= 1
  }

  #hold(key: string, row: RunRow): void {
    const holders = this.#holders.get(key)
    if (holders === undefined) this.#holders.set(key, new Map([[row.runId, row]]))
    else if (!holders.has(row.runId)) holders.set(row.runId, row)
  }

  #unhold(key: string, runId: string): void {
    const holders = this.#holders.get(key)
    if (holders?.delete(runId) && holders.size === 0) this.#holders.delete(key)
  }
}
