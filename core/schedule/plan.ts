// What the scheduler does at one look at the clock. Promise: each due time is served once, by whoever moves the marks in the commit
// that accepts the run; late, never early. Missed starts come first, oldest first, one a look; a one-off beats a cron start.
import type { Dag, ScheduleEntry } from '../spec/dag.ts'
import { CATCH_UP_LIMIT, cronFires, missedFires } from './catch-up.ts'
import { newestFire, previousStart } from './due.ts'

/** A fire that is seen later than this was missed where nothing was there at its time: only a catch-up window brings it back. */
export const LATE_MS = 90_000
/**
 * The same where the control plane was at work at its time, and only its timer was late: its alarm was lost, or the clock was set ahead by
 * less than what counts as a break (three minutes), and the minutely look found it.
 */
export const AWAKE_LATE_MS = 4 * 60_000
const MINUTE_MS = 60_000

export type PlannedDag = Pick<Dag, 'schedule' | 'skipIfSuccessful' | 'overlapPolicy'> & { catchupWindowSec?: number }

export interface OneOff {
  at: number
  status: 'pending' | 'consumed'
}

export interface TickState {
  suspended: boolean
  /** A run is in progress; another waits in a queue. */
  running: boolean
  queued: boolean
  /** The newest run. */
  latest: { status: string; scheduleTime: number | null; startedAt: number | null } | null
  /** A run has succeeded since this due time (`isSince`); without it `latest` alone is looked at. */
  succeededSince?: (at: number) => boolean
  /** The last look; null: there was none, and nothing before now counts. */
  lastTick: number | null
  /** The control plane has been there since this moment; absent: since now. */
  awakeSince?: number
  /** Missed starts that are still to come. */
  catchUp: number[]
  oneOffs: OneOff[]
}

export interface TickRun {
  do: 'start' | 'stop' | 'restart'
  at: number
  trigger?: 'scheduler' | 'catchup'
  oneOff?: true
}

/** Why a due start was not started. */
export type SkipReason = 'running' | 'queued' | 'already_run' | 'succeeded' | 'missed' | 'overlap'

export interface Skip {
  /** Due time; of several, the newest. */
  at: number
  reason: SkipReason
  count: number
}

export interface Tick {
  runs: TickRun[]
  catchUp: number[]
  /** Missed starts up to here were settled without a run. */
  caughtUpTo: number | null
  oneOffs: OneOff[]
  /** Due starts that this look has settled without a run. */
  skipped: Skip[]
}

/** One look at `now` (epoch ms). `zone`: the installation's. */
export function planTick(dag: PlannedDag, state: TickState, now: number, zone: string): Tick {
  const oneOffs = seeOneOffs(dag, state.oneOffs, now)
  const quiet: Tick = { runs: [], catchUp: [], caughtUpTo: null, oneOffs, skipped: [] }
  // Nothing that comes due while a DAG is suspended is made up for later.
  if (state.suspended) return { ...quiet, caughtUpTo: dag.catchupWindowSec === undefined ? null : now }
  const catchUp = missed(dag, state, now, zone)
  const skipped = tooLate(dag, state, catchUp, now, zone)
  const changes = [...stopOrRestart(dag, state, now, zone)]
  if (catchUp.length > 0) {
    const plan = planCatchUp(dag, state, catchUp)
    // A missed start goes before everything else; while none can start, the running one is still stopped when its time has come.
    const runs = plan.runs.length > 0 ? plan.runs : changes
    return { ...plan, runs, oneOffs, skipped: [...skipped, ...plan.skipped] }
  }
  const due = oneOffs.filter(entry => entry.status === 'pending' && entry.at <= now).sort((a, b) => a.at - b.at)[0]
  const start = newestFire(crons(dag.schedule.start), since(dag, state, now), now, zone)
  skipped.push(...olderThan(start, dag, state, now, zone))
  const skip = start === null ? null : skipReason(dag, state, { at: start, now }, zone)
  if (start !== null && skip !== null && start !== due?.at) skipped.push({ at: start, reason: skip, count: 1 })
  if (due !== undefined) {
    if (isBusy(state)) return { ...quiet, runs: changes, skipped }
    const rest = oneOffs.map(entry => (entry === due ? { ...entry, status: 'consumed' as const } : entry))
    const run: TickRun = { do: 'start', at: due.at, trigger: 'scheduler', oneOff: true }
    // A cron start of another minute finds the run of the one-off in its way.
    if (start !== null && skip === null && start !== due.at) skipped.push({ at: start, reason: 'running', count: 1 })
    return { ...quiet, runs: [run, ...changes], oneOffs: rest, skipped }
  }
  if (start === null || skip !== null) return { ...quiet, runs: changes, skipped }
  return { ...quiet, runs: [{ do: 'start', at: start, trigger: 'scheduler' }, ...changes], skipped }
}

/** One-offs of the schedule with what is known of them; one that is first seen in the past is used up. */
export function seeOneOffs(dag: Pick<Dag, 'schedule'>, known: readonly OneOff[], now: number): OneOff[] {
  const times = new Set(dag.schedule.start.filter(entry => entry.kind === 'at').map(entry => Date.parse(entry.at)))
  return [...times]
    .sort((a, b) => a - b)
    .map(at => known.find(entry => entry.at === at) ?? { at, status: at < now ? 'consumed' : 'pending' })
}

const crons = (entries: readonly ScheduleEntry[]) => entries.filter(entry => entry.kind === 'cron')

const isRunning = (state: TickState): boolean => state.running || state.latest?.status === 'running'

const isQueued = (state: TickState): boolean => state.queued || state.latest?.status === 'queued'

const isBusy = (state: TickState): boolean => isRunning(state) || isQueued(state)

/** Fires after this and up to now are on time. */
const since = (dag: PlannedDag, state: TickState, now: number): number =>
  Math.max(state.lastTick ?? now - 1, onTimeAfter(dag, state, now))

/** What came before the control plane was there is missed sooner; a window makes up for all that is not prompt. */
function onTimeAfter({ catchupWindowSec }: PlannedDag, { awakeSince }: TickState, now: number): number {
  if (catchupWindowSec !== undefined || awakeSince === undefined) return now - LATE_MS
  return Math.min(now - LATE_MS, Math.max(now - AWAKE_LATE_MS, awakeSince - 1))
}

/** Missed starts that are still to come: those known before, and what has become due behind them. */
function missed(dag: PlannedDag, state: TickState, now: number, zone: string): number[] {
  const { catchupWindowSec: windowSec } = dag
  if (windowSec === undefined || state.lastTick === null) return state.catchUp
  const lastScheduledMs = Math.max(state.latest?.scheduleTime ?? 0, state.catchUp.at(-1) ?? 0)
  const times = missedFires(dag.schedule.start, {
    nowMs: now,
    windowSec,
    lastTickMs: state.lastTick,
    lastScheduledMs,
    zone,
  })
  // What is due while older ones wait takes its place behind them.
  if (state.catchUp.length > 0) return [...state.catchUp, ...times].slice(-CATCH_UP_LIMIT)
  return times[0] !== undefined && times[0] <= now - LATE_MS ? times : []
}

/** Starts that came due while nobody looked, and that neither window nor list brings back. */
function tooLate(dag: PlannedDag, state: TickState, catchUp: number[], now: number, zone: string): Skip[] {
  if (state.lastTick === null) return []
  const { catchupWindowSec: windowSec } = dag
  const outside = windowSec === undefined ? onTimeAfter(dag, state, now) : now - Math.max(LATE_MS, windowSec * 1000 + 1)
  // A full list has lost what is older than its first.
  const until = catchUp.length < CATCH_UP_LIMIT ? outside : Math.max(outside, (catchUp[0] ?? 0) - 1)
  const times = cronFires(crons(dag.schedule.start), state.lastTick, until, zone, CATCH_UP_LIMIT)
  const at = times.at(-1)
  return at === undefined ? [] : [{ at, reason: 'missed', count: times.length }]
}

/** Of several starts that are due at one look the newest stands for all. */
function olderThan(start: number | null, dag: PlannedDag, state: TickState, now: number, zone: string): Skip[] {
  if (start === null || state.lastTick === null) return []
  const times = cronFires(crons(dag.schedule.start), since(dag, state, now), start - 1, zone, CATCH_UP_LIMIT)
  const at = times.at(-1)
  return at === undefined ? [] : [{ at, reason: 'overlap', count: times.length }]
}

function planCatchUp(dag: PlannedDag, state: TickState, missedTimes: number[]): Omit<Tick, 'oneOffs'> {
  const isLatestOnly = dag.overlapPolicy === 'latest'
  const times = isLatestOnly ? missedTimes.slice(-1) : missedTimes
  const dropped = isLatestOnly ? (missedTimes.at(-2) ?? null) : null
  const skipped: Skip[] = dropped === null ? [] : [{ at: dropped, reason: 'overlap', count: missedTimes.length - 1 }]
  const [first, ...rest] = times
  if (first === undefined) return { runs: [], catchUp: [], caughtUpTo: dropped, skipped }
  if (!isBusy(state))
    return { runs: [{ do: 'start', at: first, trigger: 'catchup' }], catchUp: rest, caughtUpTo: dropped, skipped }
  if (dag.overlapPolicy === 'skip')
    return {
      runs: [],
      catchUp: rest,
      caughtUpTo: first,
      skipped: [{ at: first, reason: isRunning(state) ? 'running' : 'queued', count: 1 }],
    }
  return { runs: [], catchUp: times, caughtUpTo: dropped, skipped }
}

function* stopOrRestart(dag: PlannedDag, state: TickState, now: number, zone: string): Generator<TickRun> {
  const stop = newestFire(crons(dag.schedule.stop), since(dag, state, now), now, zone)
  if (stop !== null && isRunning(state)) yield { do: 'stop', at: stop }
  const restart = newestFire(crons(dag.schedule.restart), since(dag, state, now), now, zone)
  if (restart !== null) yield { do: 'restart', at: restart }
}

/** A due time, and the moment of the look. */
interface Moment {
  at: number
  now: number
}

function skipReason(dag: PlannedDag, state: TickState, { at, now }: Moment, zone: string): SkipReason | null {
  if (isRunning(state)) return 'running'
  if (isQueued(state)) return 'queued'
  if (isServed(state, { at, now })) return 'already_run'
  return isSucceeded(dag, state, at, zone) ? 'succeeded' : null
}

/** A start in this minute serves it as well; one that lies ahead was stamped by a clock that was wrong, and has been set back. */
function isServed({ latest }: TickState, { at, now }: Moment): boolean {
  if (latest === null) return false
  const startedAt = latest.startedAt ?? 0
  return latest.scheduleTime === at || (startedAt >= at && startedAt < now + MINUTE_MS)
}

function isSucceeded(dag: PlannedDag, state: TickState, at: number, zone: string): boolean {
  if (!dag.skipIfSuccessful) return false
  const previous = previousStart(dag.schedule, at, zone)
  if (previous === null) return false
  if (state.succeededSince !== undefined) return state.succeededSince(previous)
  return state.latest?.status === 'succeeded' && isSince(state.latest, previous)
}

/**
 * A run that stands for the next due time: begun since the one before, and not for it (ADR 0069): a daily job would run every other day.
 */
export const isSince = (run: { scheduleTime: number | null; startedAt: number | null }, previous: number): boolean =>
  (run.startedAt ?? 0) >= previous && (run.scheduleTime === null || run.scheduleTime > previous)
