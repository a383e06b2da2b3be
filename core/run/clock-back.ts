// A clock that is set back while a run goes on. Promise: from the next word on no time of the run lies ahead of the clock, their order stays,
// and what waits for a moment waits no longer than it was to wait at first.
import type { Dag } from '../spec/dag.ts'
import { indexOf } from './derived.ts'
import { activePlans, allSteps, allTimers, type Draft, putStep, setTimer } from './draft.ts'
import type { PlanRecord, RunHead, RunState, TimerRecord } from './state.ts'
import type { StepRecord } from './step-record.ts'

/** Times of the run were noted by a clock that has been set back since: an event `clock_set_back` mends them. */
export function isAheadOf(state: RunState, dag: Dag, now: number): boolean {
  if (state.head.phase === 'ended') return false
  const index = indexOf(state, dag)
  if (Math.max(index.latest, latestOfHead(state.head)) <= now) return false
  // What was ahead may be mended since.
  const latest = newest(
    allTimes({
      head: state.head,
      steps: state.steps.values(),
      timers: state.timers.values(),
      plans: state.plans.values(),
    }),
  )
  index.latest = latest
  return latest > now
}

/** Brings what lies ahead of the clock back behind it, as far as the clock went back; first thing in each transition. */
export function followClock(d: Draft): void {
  const { now } = d.ctx
  // What is over is history, as its clock showed it.
  if (d.head.phase === 'ended') return
  if (Math.max(d.index.latest, latestOfHead(d.head)) <= now) return
  const times = allTimes({ head: d.head, steps: allSteps(d), timers: allTimers(d), plans: activePlans(d) })
  const latest = newest(times)
  if (latest <= now) return
  const by = latest - now
  // What was noted before the clock went wrong keeps its time, and stays before all that came after.
  const before = newest(times.filter(at => at <= now))
  const move = (at: number): number => (at <= now ? at : Math.max(before, at - by))
  moveHead(d, move)
  for (const record of allSteps(d)) moveStep(d, record, by, move)
  for (const timer of allTimers(d)) {
    if (timer.at !== undefined && timer.at > now) setTimer(d, { ...timer, at: move(timer.at), due: timer.due - by })
  }
  for (const plan of activePlans(d)) {
    if (plan.at === undefined || plan.at <= now) continue
    // By no clock it is later than a hello that is to come.
    const { at: _at, ...rest } = plan
    d.plans.set(plan.id, rest)
  }
  d.index.latest = now
}

type Move = (at: number) => number

const latestOfHead = ({ startedAt, finishedAt }: { startedAt: number | null; finishedAt: number | null }): number =>
  Math.max(startedAt ?? 0, finishedAt ?? 0)

interface Timed {
  head: Pick<RunHead, 'startedAt' | 'finishedAt'>
  steps: Iterable<StepRecord>
  timers: Iterable<TimerRecord>
  plans: Iterable<PlanRecord>
}

function allTimes({ head, steps, timers, plans }: Timed): number[] {
  const times: (number | null | undefined)[] = [head.startedAt, head.finishedAt]
  for (const step of steps) times.push(step.startedAt, step.finishedAt, step.retriedAt, step.approval?.since)
  for (const { at } of timers) times.push(at)
  for (const { at } of plans) times.push(at)
  return times.filter(at => at != null)
}

const newest = (times: readonly number[]): number => times.reduce((a, b) => Math.max(a, b), 0)

function moveHead({ head }: Draft, move: Move): void {
  if (head.startedAt !== null) head.startedAt = move(head.startedAt)
  if (head.finishedAt !== null) head.finishedAt = move(head.finishedAt)
  if (head.queuedAt !== null) head.queuedAt = move(head.queuedAt)
  if (head.stop !== null && move(head.stop.at) !== head.stop.at) head.stop = { ...head.stop, at: move(head.stop.at) }
  if (head.lost !== null && move(head.lost.since) !== head.lost.since)
    head.lost = { ...head.lost, since: move(head.lost.since) }
  if (head.runners.some(({ hello = 0 }) => move(hello) !== hello))
    head.runners = head.runners.map(each => (each.hello === undefined ? each : { ...each, hello: move(each.hello) }))
}

function moveStep(d: Draft, record: StepRecord, by: number, move: Move): void {
  const { startedAt, finishedAt, retriedAt, nextAt, approval } = record
  const moved: StepRecord = {
    ...record,
    ...(startedAt !== undefined && { startedAt: move(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: move(finishedAt) }),
    ...(retriedAt !== undefined && { retriedAt: move(retriedAt) }),
    ...(approval !== undefined && { approval: { ...approval, since: move(approval.since) } }),
  }
  const timer =
    nextAt === undefined ? undefined : allTimers(d).find(({ step, kind }) => kind === 'again' && step === record.name)
  if (timer?.at !== undefined && timer.at > d.ctx.now) moved.nextAt = timer.due - by
  const isMoved =
    moved.startedAt !== startedAt ||
    moved.finishedAt !== finishedAt ||
    moved.retriedAt !== retriedAt ||
    moved.nextAt !== nextAt ||
    moved.approval?.since !== approval?.since
  if (isMoved) putStep(d, moved)
}
