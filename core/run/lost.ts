// Silent and lost runners (DESIGN section 4). While a runner is only silent nothing of it is started elsewhere; when its
// processes are known dead, or the grace is over, the first step without a result of each plan is lost.
import { MAX_UNACKED_RESULTS } from '../protocol/frames.ts'
import type { PlanItem } from '../protocol/plans.ts'
import { openCall } from './children/call-state.ts'
import { closePlan } from './close-plan.ts'
import {
  activePlans,
  clearTimer,
  type Draft,
  findNode,
  markSeen,
  markStale,
  putStep,
  removePlan,
  setTimer,
  stepOrFresh,
} from './draft.ts'
import type { RunEvent } from './events.ts'
import { loseAttempt } from './finish-step.ts'
import { EDGE_RUNNER } from './lane.ts'
import { forgetPreparation } from './placement/place.ts'
import type { PlanRecord } from './state.ts'

/** A silent runner's steps are not started elsewhere for so long. */
export const LOST_GRACE_MS = 15 * 60_000

const graceKey = (runnerId: string) => `grace/${runnerId}`

/**
 * The agent said hello at `at`: what it does not list is dead, what it lists beyond our plans must die. It may be overtaken on its
 * way by a later hello, and by what was given to the agent since.
 */
export function runnerHello(d: Draft, hello: Extract<RunEvent, { type: 'runner_hello' }>): void {
  const { runnerId, plans: listed, carried = listed.length > 0, at = Number.POSITIVE_INFINITY } = hello
  const runner = d.head.runners.find(each => each.id === runnerId)
  if (runner?.hello !== undefined && at < runner.hello) return
  heardAgain(d, runnerId)
  noteHello(d, runnerId, Math.min(at, d.ctx.now))
  const known = new Map(listed.map(entry => [entry.plan, entry.fence]))
  for (const plan of activePlans(d)) {
    if (plan.runnerId !== runnerId) continue
    if (known.get(plan.id) === plan.fence) {
      markSeen(d, plan.id)
      known.delete(plan.id)
      noteHeard(d, plan)
    } else if (plan.at !== undefined && plan.at >= at) continue
    else if (!d.index.unseen.has(plan.id)) losePlan(d, plan, 'lost: the host came back without it')
    // Under a stop a plan that never arrived is not sent again.
    else if (d.head.stop?.plans.includes(plan.id)) closePlan(d, plan, 'stopped')
  }
  for (const plan of known.keys()) markStale(d, runnerId, plan)
  if (!carried) forgetReports(d, runnerId)
}

/** Every word of a silent runner ends the suspicion. */
export function heardAgain(d: Draft, runnerId: string): void {
  if (d.head.lost?.runnerId !== runnerId) return
  d.head.lost = null
  clearTimer(d, graceKey(runnerId))
}

/** A word of a loss of contact before this hello is void from now on. Without plans there is nothing to lose. */
function noteHello(d: Draft, runnerId: string, at: number): void {
  if (!activePlans(d).some(plan => plan.runnerId === runnerId)) return
  d.head.runners = d.head.runners.map(each => (each.id === runnerId ? { ...each, hello: at } : each))
}

/** Whoever has a plan has the context of this attempt, as it was when the plan was made. */
export function noteHeard(d: Draft, { runnerId, rev = 0 }: PlanRecord): void {
  const { head } = d
  const isNews = (runner: (typeof head.runners)[number]) =>
    runner.id === runnerId && (runner.heard !== head.attempt || (runner.rev ?? 0) < rev)
  if (!head.runners.some(isNews)) return
  head.runners = head.runners.map(runner =>
    isNews(runner) ? { ...runner, heard: head.attempt, ...(rev > 0 && { rev }) } : runner,
  )
}

/** An attempt that may have been made is not made again: the next one has the next number. */
export function useUp(d: Draft, item: PlanItem): void {
  if (item.kind !== 'step') return
  const record = stepOrFresh(d, item.step)
  // Between two repeats a step shows as running, with the attempt before as its last.
  const isDue = record.status === 'not_started' || record.status === 'retrying' || record.status === 'running'
  if (isDue && record.attempt < item.attempt) putStep(d, { ...record, attempt: item.attempt, result: item.attempt })
}

/** Steps behind one that nobody can account for: as many as may be unacknowledged may have run, and their attempts are used up. */
export function mayHaveRun(d: Draft, items: readonly PlanItem[]): void {
  for (const item of items.slice(0, MAX_UNACKED_RESULTS)) {
    if (item.kind !== 'step') continue
    const record = stepOrFresh(d, item.step)
    if (record.status === 'not_started' || record.status === 'retrying')
      putStep(d, { ...record, attempt: item.attempt, result: item.attempt, maybe: true })
  }
}

/** What comes next brings the context to this host again, and its preparation first. */
export function unprepare(d: Draft, runnerId: string): void {
  const { head } = d
  if (head.preparedOn === runnerId) head.preparedOn = null
  forgetPreparation(head, runnerId)
  if (head.runners.some(runner => runner.id === runnerId && runner.heard > 0))
    head.runners = head.runners.map(runner => (runner.id === runnerId ? { ...runner, heard: 0 } : runner))
}

/** The host has nothing of the run: its next report starts a new count, it needs the context again, and prepares anew. */
function forgetReports(d: Draft, runnerId: string): void {
  const { head } = d
  unprepare(d, runnerId)
  const runner = head.runners.find(each => each.id === runnerId)
  if (!runner || (runner.seq === 0 && runner.heard === 0)) return
  head.runners = head.runners.map(each => (each === runner ? { ...runner, seq: 0, heard: 0 } : each))
  for (const id of d.index.unseen) {
    const plan = activePlans(d).find(each => each.id === id)
    if (plan?.answerTo != null && plan.runnerId === runnerId) d.plans.set(id, { ...plan, answerTo: null })
  }
}

/** The runner is silent: its steps are shown as lost; those with `on_lost: retry_now` do not wait for the grace. */
export function runnerLost(d: Draft, runnerId: string, since: number): void {
  const { head } = d
  if (head.phase === 'ended' || head.lost?.runnerId === runnerId) return
  if (since < (head.runners.find(each => each.id === runnerId)?.hello ?? 0)) return
  const plans = activePlans(d).filter(plan => plan.runnerId === runnerId)
  if (plans.length === 0) return
  const impatient = plans.filter(plan => firstOpenStep(d, plan)?.step.onLost === 'retry_now')
  for (const plan of impatient) losePlan(d, plan, 'lost: its host is silent')
  if (impatient.length > 0) leaveRunner(d, runnerId)
  if (impatient.length === plans.length) return
  head.lost = { runnerId, since }
  setTimer(d, {
    key: graceKey(runnerId),
    due: Math.max(since, d.ctx.now - LOST_GRACE_MS) + LOST_GRACE_MS,
    kind: 'grace',
    runnerId,
  })
}

/** The grace is over: the runner's plans are given up, and the run may go on elsewhere. */
export function graceOver(d: Draft, runnerId: string): void {
  if (d.head.lost?.runnerId === runnerId) d.head.lost = null
  for (const plan of activePlans(d)) {
    if (plan.runnerId === runnerId) losePlan(d, plan, 'lost: its host has been silent for 15 minutes')
  }
  leaveRunner(d, runnerId)
}

function leaveRunner(d: Draft, runnerId: string): void {
  const { head } = d
  if (head.runnerId !== runnerId) return
  if (head.room > 0) d.commands.push({ type: 'release_room', count: head.room, runnerId })
  Object.assign(head, { runnerId: null, hostname: null, room: 0, preparedOn: null })
}

/**
 * A plan that ended without the agent's account: its first step without a result is lost, the next ones may have run. The
 * fence is never used again, so a late word about it is answered with `stale`.
 */
export function losePlan(d: Draft, plan: PlanRecord, why: string): void {
  removePlan(d, plan)
  markStale(d, plan.runnerId, plan.id)
  if (isOver(d, plan)) return
  const open = plan.items
    .filter(item => item.kind === 'step')
    // Children are the Run's own: no host can lose them, and a result that was being published is published again.
    .filter(item => stepOrFresh(d, item.step).result < item.attempt && !openCall(d, item.step, item.attempt))
  const runs = open.filter(item => stepOrFresh(d, item.step).attempt === item.attempt)
  const unprepared = plan.items[0]?.kind === 'prepare' && d.head.preparedOn !== plan.runnerId
  const [first, ...rest] = open
  if (!first) return
  if (unprepared && runs.length === 0) {
    // Nothing is known to have begun: it may begin elsewhere, but never under the same numbers.
    for (const item of open.slice(0, MAX_UNACKED_RESULTS + 1)) useUp(d, item)
    return
  }
  // The edge begins nothing that it has not told before, but what may be done again.
  if (plan.runnerId !== EDGE_RUNNER) mayHaveRun(d, rest)
  for (const item of new Set([first, ...runs])) {
    const step = findNode(d, item.step)
    if (step) loseAttempt(d, item.step, step, item.attempt, why)
  }
}

/** A result other than a plain success has ended the plan on the host: nothing behind it was started there. */
function isOver(d: Draft, plan: PlanRecord): boolean {
  return plan.items.some(item => {
    if (item.kind !== 'step') return false
    const record = stepOrFresh(d, item.step)
    return record.result >= item.attempt && (record.status !== 'succeeded' || record.exitCode !== 0)
  })
}

function firstOpenStep(d: Draft, plan: PlanRecord) {
  if (isOver(d, plan)) return undefined
  for (const item of plan.items) {
    if (item.kind === 'prepare') {
      if (d.head.preparedOn !== plan.runnerId) return undefined
      continue
    }
    const step = findNode(d, item.step)
    if (openCall(d, item.step, item.attempt)) continue
    if (step && stepOrFresh(d, item.step).result < item.attempt) return { step, attempt: item.attempt }
  }
  return undefined
}
