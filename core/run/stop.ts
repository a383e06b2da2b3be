// Stops: journaled at once, carried out by the agent, answered by the end of the plans they name (DESIGN section 5).
import { MAX_UNACKED_RESULTS } from '../protocol/frames.ts'
import { endRun } from './advance.ts'
import { isAnswered, openCall } from './children/call-state.ts'
import { closePlan } from './close-plan.ts'
import { activePlans, type Draft, findNode, markStale, removePlan, stepOrFresh, stepRecord } from './draft.ts'
import { abortNode, loseAttempt } from './finish-step.ts'
import { useUp } from './lost.ts'
import type { PlanRecord, StopState } from './state.ts'

/** A stop by a user. A second one while the first is unanswered changes nothing, unless it abandons the run. */
export function requestStop(d: Draft, by: string, abandon: boolean): void {
  const { head } = d
  if (head.phase === 'ended') return
  if (abandon) {
    abandonRun(d, by)
    return
  }
  if (head.stop && !head.stop.answered) return
  issueStop(d, by, 'user')
  const isIdle = d.index.activeCount === 0 && d.index.openCalls.size === 0
  if (head.phase === 'handlers' && isIdle) endRun(d, head.handlerFailed ? 'failed' : 'aborted')
}

export function issueStop(d: Draft, by: string, reason: StopState['reason']): void {
  const plans = activePlans(d).map(plan => plan.id)
  d.head.stop = { id: d.ctx.newId(8), by, at: d.ctx.now, reason, plans, answered: isAnswered(d, plans) }
  if (d.head.rewind) d.head.rewind = null
  // A waiting run is at work again: it has handlers to run.
  if (d.head.status === 'waiting') d.head.status = 'running'
}

/** A host says that nothing of its own plans under this stop lives; it can say nothing of another's. */
export function stopAnswered(d: Draft, runnerId: string, id: string): void {
  const { stop, rewind } = d.head
  const own = activePlans(d).filter(plan => plan.runnerId === runnerId)
  if (rewind?.id === id)
    for (const plan of own) if (rewind.plans.includes(plan.id)) closePlan(d, plan, 'ended by a push-back')
  if (!stop || stop.answered || stop.id !== id) return
  for (const plan of own) if (stop.plans.includes(plan.id)) closePlan(d, plan, 'stopped')
  d.head.stop = { ...stop, answered: isAnswered(d, stop.plans) }
}

/** Ends the run without its host: what runs there is lost, and killed when the host is heard again. */
function abandonRun(d: Draft, by: string): void {
  d.head.stop = { id: d.ctx.newId(8), by, at: d.ctx.now, reason: 'user', plans: [], answered: true }
  for (const plan of activePlans(d)) {
    removePlan(d, plan)
    markStale(d, plan.runnerId, plan.id)
    loseUnaccounted(d, plan)
  }
  for (const step of d.graph.steps) {
    const status = stepRecord(d, step.name)?.status ?? 'not_started'
    if (status === 'not_started' || status === 'retrying' || status === 'running' || status === 'waiting') {
      abortNode(d, step.name, 'abandoned')
    }
  }
  for (const name of d.graph.handlers.keys()) {
    const status = stepRecord(d, name)?.status
    if (status === 'retrying' || status === 'running') abortNode(d, name, 'abandoned')
  }
  endRun(d, 'aborted')
}

/** Any item up to the limit of unacknowledged results may have been started: its attempt number is used up. */
function loseUnaccounted(d: Draft, plan: PlanRecord): void {
  const open = plan.items.filter(
    item =>
      item.kind === 'step' && stepOrFresh(d, item.step).result < item.attempt && !openCall(d, item.step, item.attempt),
  )
  for (const item of open.slice(1, MAX_UNACKED_RESULTS + 1)) useUp(d, item)
  const [first] = open
  const step = first?.kind === 'step' ? findNode(d, first.step) : undefined
  if (first?.kind !== 'step' || !step) return
  if (plan.seen) loseAttempt(d, first.step, step, first.attempt, 'lost: the run was abandoned')
  else useUp(d, first)
}
