// A host that contact was lost with. Promise: the moment is stored once, and 30 s later every run that the agent carried hears of it,
// whatever restarts in between; only a hello clears the suspicion.
import type { AlarmClock } from '../../host/alarm-clock.ts'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import { runObjectName } from '../names.ts'

/** So long after the loss of contact the agent is lost. */
const LOST_MS = 30_000
/** An alarm that comes later than this was not late by itself: the clock was set ahead, the machine slept, or nothing was there. */
const LATE_MS = 120_000
const REDELIVERY_MS = 5_000

interface Suspect {
  /** When contact was lost, epoch ms. */
  since: number
  runs: string[]
  /** Its runs have heard of it. */
  lost: boolean
}

export class RunnerLoss {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>

  /** The tables are those of the Runner: made before. */
  constructor(host: ObjectHost<Kinds>, alarm: AlarmClock<Kinds>) {
    this.#host = host
    this.#alarm = alarm
  }

  /** Null: contact was not lost, or there was nothing to lose. */
  get suspect(): Suspect | null {
    const row = this.#host.sql.exec<{ since: number; runs: string; lost: number }>(
      'SELECT since, runs, lost FROM suspect',
    )[0]
    return row === undefined ? null : { since: row.since, runs: JSON.parse(row.runs), lost: row.lost === 1 }
  }

  /** After a start: the alarm for what is still to be told. */
  watch(): void {
    const { suspect } = this
    if (suspect !== null && !suspect.lost) this.#alarm.wakeBy(this.#lostAt(suspect))
  }

  /** Stores the moment once; later losses only add their runs. A connection that stood since (`connectedAt`) is lost anew. */
  add(runs: string[], at: number, connectedAt = 0): void {
    if (runs.length === 0) return
    const stored = this.#known
    const known = stored !== null && stored.since < connectedAt ? { ...stored, since: at } : stored
    if (known !== null && known === stored && runs.every(runId => known.runs.includes(runId))) {
      // An alarm that was lost is set again.
      this.#alarm.wakeBy(Math.max(this.#lostAt(known), this.#host.now() + (known.lost ? REDELIVERY_MS : 0)))
      return
    }
    const suspect: Suspect = {
      since: known?.since ?? at,
      runs: [...new Set([...(known?.runs ?? []), ...runs])],
      lost: false,
    }
    this.#write(suspect)
    this.#alarm.wakeBy(this.#lostAt(suspect))
  }

  /** Tells the runs once it is time, unless the agent is there. */
  async settle(isConnected: boolean): Promise<void> {
    const suspect = this.#known
    if (suspect === null || isConnected) return
    const [now, due] = [this.#host.now(), this.#lostAt(suspect)]
    if (now < due) return this.#alarm.wakeBy(due)
    if (!suspect.lost && now > due + LATE_MS) return this.#countFrom(suspect, now)
    const { runPool } = this.#host.settings
    const results = await Promise.allSettled(
      suspect.runs.map(runId =>
        this.#host.object('run', runObjectName(runId, runPool)).runnerLost(this.#host.name, runId, suspect.since),
      ),
    )
    if (results.some(result => result.status === 'rejected'))
      return this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
    if (!suspect.lost && this.suspect !== null) this.#write({ ...suspect, lost: true })
  }

  /** Nobody looked for the agent meanwhile: it gets the time to come again, and its runs their whole grace. */
  #countFrom(suspect: Suspect, since: number): void {
    const moved = { ...suspect, since }
    this.#write(moved)
    this.#alarm.wakeBy(this.#lostAt(moved))
  }

  /** The agent is back, and its runs have heard what it holds. */
  clear(): void {
    if (this.suspect !== null) this.#host.sql.exec('DELETE FROM suspect')
  }

  /** One that was noted by a clock that has been set back since counts from now. */
  get #known(): Suspect | null {
    const [{ suspect }, now] = [this, this.#host.now()]
    if (suspect === null || suspect.since <= now) return suspect
    const moved = { ...suspect, since: now }
    this.#write(moved)
    return moved
  }

  /** Time in which the control plane itself was down does not count. */
  #lostAt({ since }: Suspect): number {
    const { bootedAt } = this.#host.settings
    return Math.max(since, bootedAt <= this.#host.now() ? bootedAt : 0) + LOST_MS
  }

  #write({ since, runs, lost }: Suspect): void {
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO suspect (id, since, runs, lost) VALUES (1, ?, ?, ?)',
      since,
      JSON.stringify(runs),
      lost ? 1 : 0,
    )
  }
}
