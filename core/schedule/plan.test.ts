import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readCases } from '../expr/conformance.fixture.ts'
import type { Dag } from '../spec/dag.ts'
import { loadDags } from '../spec/load.ts'
import { decideAutoRetry } from './auto-retry.ts'
import { nextDue, previousStart } from './due.ts'
import { planTick, type TickState } from './plan.ts'

// biome-ignore lint/suspicious/noExplicitAny: rows of conformance cases
type Row = any

const time = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text))
const load = (fields: object): Dag => {
  const loaded = loadDags(JSON.stringify({ ...fields, steps: [{ command: 'true' }] }), { fileName: 'planned' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}

function stateOf({ state = {} }: Row): TickState {
  const { latest, one_offs = [] } = state
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
    oneOffs: one_offs.map((entry: Row) => ({ at: time(entry.at), status: entry.status })),
  }
}

const cases = readCases('schedule').flatMap(({ name, text }) => {
  const found = parse(text) as Row
  return found.kind === 'plan'
    ? found.rows.map((row: Row, i: number) => ({ ...found, ...row, title: `${name} ${i + 1}` }))
    : []
})

describe('one look at the clock', () => {
  it.each(cases)('$title', (row: Row) => {
    const tick = planTick(load(row.dag), stateOf(row), Date.parse(row.now), row.timezone ?? 'UTC')
    const runs = tick.runs.map(run => ({ ...run, at: new Date(run.at).toISOString().replace('.000Z', 'Z') }))
    expect(runs).toEqual(row.runs.map(({ one_off, ...run }: Row) => (one_off ? { ...run, oneOff: true } : run)))
    if (row.pending_catchup) expect(tick.catchUp).toEqual(row.pending_catchup.map(time))
    if (row.caught_up_to) expect(tick.caughtUpTo).toBe(time(row.caught_up_to))
    if (row.one_offs) expect(tick.oneOffs).toEqual(row.one_offs.map((entry: Row) => ({ ...entry, at: time(entry.at) })))
  })

  it('gives a fire to the look that comes at or after it, once', () => {
    const dag = load({ schedule: '0 * * * *' })
    const look = (lastTick: string, now: string) =>
      planTick(dag, { ...stateOf({}), lastTick: Date.parse(lastTick) }, Date.parse(now), 'UTC').runs.map(run => run.at)
    const noon = Date.parse('2027-01-16T12:00:00Z')
    expect(look('2027-01-16T11:30:00Z', '2027-01-16T11:59:59Z')).toEqual([])
    expect(look('2027-01-16T11:30:00Z', '2027-01-16T12:00:00Z')).toEqual([noon])
    expect(look('2027-01-16T11:30:00Z', '2027-01-16T12:01:00Z')).toEqual([noon])
    expect(look('2027-01-16T12:00:00Z', '2027-01-16T12:00:30Z')).toEqual([])
    expect(look('2027-01-16T11:30:00Z', '2027-01-16T12:20:00Z')).toEqual([])
  })
})

describe('due times', () => {
  const at = (text: string): number => Date.parse(`2026-03-10T${text}Z`)
  const crons = (...expressions: string[]) => expressions.map(expression => ({ kind: 'cron' as const, expression }))

  it('wake for the earliest of starts, stops and restarts', () => {
    const mixed = { start: crons('0 12 * * *'), stop: crons('30 11 * * *'), restart: crons('0 13 * * *') }
    expect(nextDue(mixed, at('10:00:00'), 'UTC')).toBe(at('11:30:00'))
    expect(nextDue({ start: [], stop: [], restart: [] }, at('10:00:00'), 'UTC')).toBeNull()
  })

  it('are known backwards too', () => {
    const schedule = (expression: string) => ({ start: crons(expression), stop: [], restart: [] })
    expect(previousStart(schedule('0 */6 * * *'), at('12:00:00'), 'UTC')).toBe(at('06:00:00'))
    expect(previousStart(schedule('0 9 1 * *'), at('12:00:00'), 'UTC')).toBe(Date.parse('2026-03-01T09:00:00Z'))
  })
})

describe('automatic retries of a run', () => {
  const decisions = parse(readCases('dag-retry').find(({ name }) => name === 'dag-retry-decisions')!.text) as Row
  it.each(decisions.rows as Row[])('$policy after $failed', ({ policy, failed, expect: expected }: Row) => {
    const { retryPolicy } = load({ retry_policy: policy })
    const decided = decideAutoRetry(
      retryPolicy!,
      { retriesDone: failed.retries_done, finishedAt: Date.parse(failed.finished_at) },
      Date.parse(decisions.now),
    )
    expect(decided).toEqual({
      decision: expected.decision,
      ...(expected.due_at ? { dueAt: time(expected.due_at) } : {}),
    })
  })
})
