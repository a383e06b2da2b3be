// What a Dag reports about its runs. Promise: nothing is written while nothing is wrong; what it has reported and what no longer holds
// is taken back, whatever crashes in between.
import { type AlertDraft, dagAlerts, type RunFacts, USUAL_RUNS } from '@edgedag/core/schedule/alerts'
import type { ObjectHost } from '../../host/port.ts'
import { type Kinds, SINGLETON, type SkipEntry } from '../contracts.ts'
import type { DagRuns } from './runs.ts'
import type { DagStore, RunRow } from './store.ts'

/** Keys that were reported, as a list; no mark: none. */
const MARK = 'alerts'
/** A run younger than this is not looked at closely. */
const YOUNG_MS = 60_000

export interface AlertHooks {
  /** Null: the DAG is gone, and so are its alerts. */
  about(): { dagName: string; fileName: string } | null
  skips(): SkipEntry[]
}

export class DagAlerts {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #runs: DagRuns
  readonly #hooks: AlertHooks
  #running: Promise<void> | null = null

  constructor(host: ObjectHost<Kinds>, store: DagStore, runs: DagRuns, hooks: AlertHooks) {
    this.#host = host
    this.#store = store
    this.#runs = runs
    this.#hooks = hooks
  }

  /** A run has ended: what was reported of it is over. */
  soon(): void {
    if (this.#store.mark(MARK) !== null) this.#host.background(this.look())
  }

  /** Looks at the runs and reports what is new. */
  look(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #look(): Promise<void> {
    if (keysOf(this.#drafts(this.#host.settings.bootedAt)) === this.#reported) return
    // Something is new: the time in which the host slept must not count.
    const drafts = this.#drafts(await this.#host.object('directory', SINGLETON).awakeSince())
    const keys = keysOf(drafts)
    if (keys === this.#reported) return
    await this.#host.object('alerts', SINGLETON).report(this.#host.name, drafts)
    this.#store.setMark(MARK, keys === '[]' ? null : keys)
  }

  get #reported(): string {
    return this.#store.mark(MARK) ?? '[]'
  }

  #drafts(awakeSince: number): AlertDraft[] {
    const about = this.#hooks.about()
    if (about === null) return []
    const now = this.#host.now()
    const open = this.#runs.open.filter(
      row => row.spec.backfill === undefined && now - row.summary.createdAt > YOUNG_MS,
    )
    const missed = this.#missed()
    if (open.length === 0 && missed === null) return []
    const finished = this.#store.finished(USUAL_RUNS * 2).filter(isUsual)
    return dagAlerts({
      ...about,
      open: open.map(row => factsOf(row, this.#runs)),
      finished: finished.slice(0, USUAL_RUNS).map(row => factsOf(row, this.#runs)),
      missed,
      now,
      awakeSince,
      reported: JSON.parse(this.#reported),
    })
  }

  /** The newest missed start, unless a run of a later due time has made good for it. */
  #missed(): { at: number; count: number } | null {
    const last = this.#hooks.skips().findLast(skip => skip.reason === 'missed')
    if (last === undefined) return null
    const newest = this.#store.newest({ backfill: false })
    return (newest?.summary.createdAt ?? 0) > last.at ? null : { at: last.at, count: last.count }
  }
}

const keysOf = (drafts: readonly AlertDraft[]): string => JSON.stringify(drafts.map(({ key }) => key).sort())

const isUsual = (row: RunRow): boolean => row.spec.backfill === undefined

function factsOf(row: RunRow, runs: DagRuns): RunFacts {
  const { runId, status, createdAt, queuedAt, startedAt, finishedAt, scheduleTime, reason } = runs.line(row)
  const times = { createdAt, queuedAt, startedAt, finishedAt, scheduleTime }
  const scheduled = row.spec.trigger === 'scheduler' || row.spec.trigger === 'catchup'
  return { runId, status, queued: row.phase === 'queued', scheduled, ...times, reason }
}
