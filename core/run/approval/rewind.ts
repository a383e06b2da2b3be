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
import { downstream, type Graph } from '../graph.ts'
import { goOnFrom } from '../onward.ts'
import { againKey, overdueKey } from '../readiness.ts'
import { cleared } from '../reset.ts'
import type { PlanRecord, RunState } from '../state.ts'
import type { PushBack } from '../step-record.ts'
import { historyOf, iterationOf, nextIteration } from './push-backs.ts'
import { resume } from './wait.ts'

type PushedBack = Extract<RunEvent, { decision: 'push_back' }>

/** So many push-backs of a step are kept with it. */
export const MAX_PUSH_BACKS = 50

/** Begins a push-back, and does it at once where nothing of the steps runs. */
export function requestRewind(d: Draft, { step, by, inputs }: PushedBack): void {
  const names = rewound(d.graph, step)
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
  // Other steps of the ended plans that were cut off with them run again too.
  const cut = rewind.cut.filter(name => stepRecord(d, name)?.status === 'aborted')
  const names = [...downstream(d.graph, [startOf(d.graph, rewind.step), ...cut])]
  const lookup = (name: string) => stepRecord(d, name)
  const iteration = nextIteration(names, lookup)
  const pushBacks: PushBack[] = [...historyOf(gate, lookup), { iteration, by, at, inputs }].slice(-MAX_PUSH_BACKS)
  putStep(d, { ...gate, pushBacks })
  for (const name of names) reset(d, name, { gate: rewind.step, iteration })
  if (d.head.only !== null) {
    // A retry of this step alone: what it is pushed back to runs with all behind it, and nothing else.
    d.head.only = null
    goOnFrom(d, startOf(d.graph, rewind.step), new Set(names))
  }
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

/** The number of the newest push-back that the step has seen, or is about to see; 0: none. */
export function iterationNow({ head, steps }: RunState, graph: Graph, step: string): number {
  const lookup = (name: string) => steps.get(name)
  const { rewind } = head
  return rewind?.step === step
    ? nextIteration([...rewound(graph, step), ...rewind.cut], lookup)
    : iterationOf(steps.get(step), lookup)
}

/** What a push-back of the step runs again. */
export const rewound = (graph: Graph, step: string): Set<string> => downstream(graph, [startOf(graph, step)])

/** The step from which a push-back runs again. */
const startOf = (graph: Graph, step: string): string =>
  graph.steps[graph.position.get(step) ?? -1]?.approval?.rewindTo ?? step

/** Steps of a plan that are not over. */
const openItems = (d: Draft, plan: PlanRecord): string[] =>
  plan.items.flatMap(item =>
    item.kind === 'step' && stepOrFresh(d, item.step).result < item.attempt ? [item.step] : [],
  )
