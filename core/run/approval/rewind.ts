// Push-back: a step with an approval, or one before it, and everything behind that runs again with what the person gave. What of it
// still runs on a host is ended first; nothing is started again before its host has said so.
import {
  activePlans,
  clearTimer,
  type Draft,
  planRecord,
  putStep,
  stepOrFresh,
  stepRecord,
  tellContext,
} from '../draft.ts'
import type { RunEvent } from '../events.ts'
import { downstream } from '../graph.ts'
import { againKey, overdueKey } from '../readiness.ts'
import { cleared } from '../reset.ts'
import type { PlanRecord } from '../state.ts'
import type { PushBack } from '../step-record.ts'
import { resume } from './wait.ts'

type PushedBack = Extract<RunEvent, { decision: 'push_back' }>

/** So many push-backs of a step are kept with it. */
export const MAX_PUSH_BACKS = 50

/** Begins a push-back, and does it at once where nothing of the steps runs. */
export function requestRewind(d: Draft, { step, by, inputs }: PushedBack): void {
  const names = downstream(d.graph, [startOf(d, step)])
  const plans = activePlans(d).filter(plan => openItems(d, plan).some(name => names.has(name)))
  d.head.rewind = {
    id: d.ctx.newId(8),
    step,
    by,
    at: d.ctx.now,
    inputs,
    plans: plans.map(plan => plan.id),
    cut: plans.flatMap(plan => openItems(d, plan)),
  }
  finishRewind(d)
}

/** Does the push-back once none of its plans is active. */
export function finishRewind(d: Draft): void {
  const { rewind } = d.head
  if (!rewind || rewind.plans.some(id => planRecord(d, id))) return
  d.head.rewind = null
  const gate = stepOrFresh(d, rewind.step)
  const { by, at, inputs } = rewind
  const iteration = (gate.pushBacks?.at(-1)?.iteration ?? 0) + 1
  const pushBacks: PushBack[] = [...(gate.pushBacks ?? []), { iteration, by, at, inputs }].slice(-MAX_PUSH_BACKS)
  putStep(d, { ...gate, pushBacks })
  // Other steps of the ended plans that were cut off with them run again too.
  const cut = rewind.cut.filter(name => stepRecord(d, name)?.status === 'aborted')
  for (const name of downstream(d.graph, [startOf(d, rewind.step), ...cut]))
    reset(d, name, { gate: rewind.step, iteration })
  tellContext(d)
  resume(d)
}

function reset(d: Draft, name: string, pushedBack: { gate: string; iteration: number }): void {
  const record = stepOrFresh(d, name)
  clearTimer(d, againKey(name))
  clearTimer(d, overdueKey(name))
  const previousStdout = record.attempt > 0 ? record.stdoutPath : undefined
  putStep(d, { ...cleared(record), pushedBack: { ...pushedBack, ...(previousStdout && { previousStdout }) } })
}

/** The step from which a push-back runs again. */
const startOf = (d: Draft, step: string): string =>
  d.graph.steps[d.graph.position.get(step) ?? -1]?.approval?.rewindTo ?? step

/** Steps of a plan that are not over. */
const openItems = (d: Draft, plan: PlanRecord): string[] =>
  plan.items.flatMap(item =>
    item.kind === 'step' && stepOrFresh(d, item.step).result < item.attempt ? [item.step] : [],
  )
