// Rows about due times: one look of the scheduler at the clock, missed fires, automatic retries. Each checks a pure function of core.
import { isDeepStrictEqual } from 'node:util'
import { decideAutoRetry } from '@edgedag/core/schedule/auto-retry'
import { missedFires } from '@edgedag/core/schedule/catch-up'
import { nextStart } from '@edgedag/core/schedule/due'
import { planTick, type TickState } from '@edgedag/core/schedule/plan'
import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import type { LoadedCase } from './case-file.ts'
import { show } from './compare.ts'

type Row = Record<string, unknown>

const time = (text: unknown): number | null => (text === undefined || text === null ? null : Date.parse(String(text)))

function load(fields: unknown): Dag {
  const loaded = loadDags(JSON.stringify({ ...(fields as Row), steps: [{ command: 'true' }] }), { fileName: 'row' })
  if (!loaded.ok) throw new Error(loaded.error.map(p => p.message).join('; '))
  return loaded.value.dag
}

const differ = (what: string, wanted: unknown, have: unknown): string | null =>
  isDeepStrictEqual(have, wanted) ? null : `${what}: expected ${show(wanted)}, got ${show(have)}`

const firstOf = (lines: (string | null)[]): string | null => lines.find(line => line !== null) ?? null

function stateOf(state: Row): TickState {
  const latest = state.latest as Row | undefined
  return {
    suspended: state.suspended === true,
    running: state.running === true,
    queued: state.queued === true,
    latest:
      latest === undefined
        ? null
        : { status: latest.status, scheduleTime: time(latest.schedule_time), startedAt: time(latest.started_at) },
    lastTick: time(state.last_tick),
    catchUp: [],
    oneOffs: ((state.one_offs ?? []) as Row[]).map(entry => ({ at: time(entry.at), status: entry.status })),
  } as unknown as TickState
}

/** One tick at `now`: what it runs, what it leaves for later, what it has settled. */
export function planRow(row: Row, c: LoadedCase): string | null {
  const dag = load(row.dag ?? c.dag)
  if ((row.state as Row | undefined)?.queues_enabled === false) return 'queues cannot be switched off here: not served'
  const tick = planTick(
    dag,
    stateOf((row.state ?? {}) as Row),
    Number(time(row.now ?? c.now)),
    String(row.timezone ?? c.timezone ?? 'UTC'),
  )
  const wanted = (row.runs as Row[]).map(run => ({ ...run, at: time(run.at), one_off: run.one_off === true }))
  const have = tick.runs.map(run => ({
    do: run.do,
    at: run.at,
    trigger: run.trigger,
    one_off: 'oneOff' in run && run.oneOff === true,
  }))
  const sameRuns =
    wanted.length === have.length &&
    wanted.every((w, i) => Object.entries(w).every(([k, v]) => (have[i] as Row)[k] === v))
  return firstOf([
    sameRuns ? null : `runs: expected ${show(row.runs)}, got ${show(have)}`,
    row.pending_catchup === undefined
      ? null
      : differ('pending_catchup', (row.pending_catchup as unknown[]).map(time), tick.catchUp),
    row.caught_up_to === undefined ? null : differ('caught_up_to', time(row.caught_up_to), tick.caughtUpTo),
    row.one_offs === undefined
      ? null
      : differ(
          'one_offs',
          (row.one_offs as Row[]).map(entry => ({ ...entry, at: time(entry.at) })),
          tick.oneOffs,
        ),
  ])
}

/** Fires to catch up at `now`. */
export function missedRow(row: Row, c: LoadedCase): string | null {
  const dag = load({ schedule: row.schedule ?? c.schedule, catchup_window: row.catchup_window ?? c.catchup_window })
  const missed = missedFires(dag.schedule.start, {
    nowMs: Number(time(row.now ?? c.now)),
    zone: String(row.timezone ?? c.timezone ?? 'UTC'),
    ...(dag.catchupWindowSec === undefined ? {} : { windowSec: dag.catchupWindowSec }),
    ...(row.last_tick === undefined ? {} : { lastTickMs: Number(time(row.last_tick)) }),
    ...(row.last_scheduled === undefined ? {} : { lastScheduledMs: Number(time(row.last_scheduled)) }),
  })
  return firstOf([
    row.missed === undefined ? null : differ('missed', (row.missed as unknown[]).map(time), missed),
    row.missed_count === undefined ? null : differ('missed_count', row.missed_count, missed.length),
    row.first === undefined ? null : differ('first', time(row.first), missed[0]),
    row.last === undefined ? null : differ('last', time(row.last), missed.at(-1)),
  ])
}

/** Whether a failed run is tried again by itself, and when. */
export function retryDecisionRow(row: Row, c: LoadedCase): string | null {
  const { retryPolicy } = load({ retry_policy: row.policy })
  const failed = row.failed as Row
  const wanted = row.expect as Row
  const attempt = { retriesDone: Number(failed.retries_done), finishedAt: Number(time(failed.finished_at)) }
  // A policy that is off has no retry left.
  const decided = retryPolicy
    ? decideAutoRetry(retryPolicy, attempt, Number(time(row.now ?? c.now)))
    : { decision: 'exhausted' }
  return differ(
    'decision',
    { decision: wanted.decision, ...(wanted.due_at ? { dueAt: time(wanted.due_at) } : {}) },
    decided,
  )
}

/** The next run shown for a DAG in lists: its next start; none while it is suspended. */
export function nextListingRow(row: Row, c: LoadedCase): string | null {
  const fields = (row.dag ?? c.dag ?? { schedule: row.schedule ?? c.schedule }) as Row
  const state = (row.state ?? row) as Row
  const now = Number(time(row.now ?? row.from ?? c.now))
  const key = ['next', 'next_run', 'expect', 'listed'].find(name => name in row)
  if (key === undefined || Number.isNaN(now)) return `the row ${show(row)} is not understood`
  const zone = String(row.timezone ?? c.timezone ?? 'UTC')
  const have = state.suspended === true ? null : nextStart(load(fields).schedule, now, zone)
  return differ(key, time([row[key]].flat()[0]), have)
}
