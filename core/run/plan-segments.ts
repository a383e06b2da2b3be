// Turning what is ready into plans: one fence each, a segment of steps that the agent may run through alone (DESIGN section 5).
import type { PlanItem } from '../protocol/plans.ts'
import { HANDLER_NODE_NAMES } from '../spec/dag.ts'
import { pushBackEnv } from './approval/push-back-env.ts'
import { idleCalls, toConclude } from './children/call-state.ts'
import { addPlan, type Draft, nextReady, stepOrFresh, stepRecord } from './draft.ts'
import { loseAttempt } from './finish-step.ts'
import { endsSegment, handlerEnv, hasHandler } from './handlers.ts'
import { sideName } from './mail-nodes.ts'
import { isHere } from './placement/place.ts'
import { isHalting } from './run-status.ts'
import type { PlanRecord } from './state.ts'

export const MAX_SEGMENT = 64

/** Plans all that may run now within room and max_active_steps. */
export function dispatch(d: Draft): void {
  if (d.head.room === 0 || d.head.runnerId === null) return
  if (d.head.phase !== 'handlers' && (isHalting(d) || d.head.slotWanted || d.head.rewind)) return
  concludeCalls(d)
  if (d.head.phase === 'handlers' || d.head.phase === 'wait') dispatchHandler(d)
  else if (d.head.phase === 'steps') dispatchSteps(d)
}

/** A call whose children are over is published by the host, which sees what the step sees. */
function concludeCalls(d: Draft): void {
  const { head } = d
  for (const { step, attempt } of toConclude(d)) {
    const isPrepared = head.preparedOn === head.runnerId
    // Nothing runs on a host beside the preparation of the scope.
    if (activeHere(d) >= (isPrepared ? head.room : 1)) return
    const kind = d.graph.handlers.get(step)?.kind
    const env = kind === undefined ? {} : { env: handlerEnv(d, kind) }
    // Its text is filled in when it is sent: it follows from the children.
    const item: PlanItem = { kind: 'step', step, attempt, ...env, conclude: { text: '', exitCode: 0 } }
    addNewPlan(d, isPrepared ? [item] : [{ kind: 'prepare' }, item])
  }
}

/** Active plans on the run's present runner. */
export const activeHere = (d: Draft): number => d.index.active.get(d.head.runnerId ?? '') ?? 0

function dispatchSteps(d: Draft): void {
  const { head } = d
  if (!head.initDone && !hasHandler(d, 'init')) head.initDone = true
  if (head.preparedOn !== head.runnerId || !head.initDone) {
    // Nothing runs on a host beside the preparation of the scope and the init handler.
    if (activeHere(d) === 0 && !d.index.openCalls.has(HANDLER_NODE_NAMES.init)) dispatchFirst(d)
    return
  }
  let from = 0
  while (activeHere(d) < head.room && d.index.activeCount + d.index.waits + idleCalls(d) < maxActive(d)) {
    const i = pickReady(d, from)
    if (i < 0) return
    from = i
    if (!settledMaybe(d, i)) addNewPlan(d, segmentFrom(d, i))
  }
}

function dispatchFirst(d: Draft): void {
  const items: PlanItem[] = []
  if (d.head.preparedOn !== d.head.runnerId) items.push({ kind: 'prepare' })
  if (!d.head.initDone) {
    const name = HANDLER_NODE_NAMES.init
    const record = stepRecord(d, name)
    // An init handler that waits for its retry holds everything back.
    if (record?.nextAt !== undefined && !record.again) return
    items.push({ kind: 'step', step: name, attempt: (record?.attempt ?? 0) + 1, env: handlerEnv(d, 'init') })
  }
  let i = pickReady(d, 0)
  while (i >= 0 && settledMaybe(d, i)) i = pickReady(d, i)
  const last = items.at(-1)
  const open = last?.kind !== 'step' || !endsSegment(d, last.step)
  if (i >= 0 && open) items.push(...segmentFrom(d, i))
  if (items.length > 0) addNewPlan(d, items)
}

export const maxActive = (d: Draft): number =>
  d.dag.maxActiveSteps > 0 ? d.dag.maxActiveSteps : Number.POSITIVE_INFINITY

/**
 * A ready step, and the steps behind it for as long as each depends only on what is over or stands before it in the
 * segment. A step with a loop or a gate ends it.
 */
function segmentFrom(d: Draft, first: number): PlanItem[] {
  const items: PlanItem[] = []
  /** For steps behind the segment: how many of their dependencies stand inside it. */
  const met = new Map<number, number>()
  for (let i = first; i >= 0 && items.length < MAX_SEGMENT; i = continuation(d, i, met)) {
    const name = d.graph.steps[i]!.name
    items.push({ kind: 'step', step: name, attempt: stepOrFresh(d, name).attempt + 1, ...pushBackEnv(d, name) })
    if (endsSegment(d, name) || d.head.only !== null) break
    for (const dependent of d.graph.dependents[i]!) met.set(dependent, (met.get(dependent) ?? 0) + 1)
  }
  return items
}

function continuation(d: Draft, last: number, met: Map<number, number>): number {
  const next = d.graph.dependents[last]!.find(i => {
    if (d.index.blocked.get(i) !== met.get(i) || !isHere(d, i)) return false
    const name = d.graph.steps[i]!.name
    const record = stepRecord(d, name)
    return (!record || (record.status === 'not_started' && !record.maybe)) && d.index.planOf.get(name) === null
  })
  return next ?? -1
}

/** The first step that could be planned, from a position on; -1: none. In a retry of one step there is only that one. */
function pickReady(d: Draft, from: number): number {
  if (d.head.only === null) {
    let i = nextReady(d, from)
    // Children of an attempt that was given up are still being ended.
    while (i >= 0 && (d.index.openCalls.has(d.graph.steps[i]!.name) || !isHere(d, i))) i = nextReady(d, i + 1)
    return i
  }
  const i = d.graph.position.get(d.head.only) ?? -1
  return i >= from && readyCount(d) > 0 && isHere(d, i) ? i : -1
}

/** How many steps could be planned now. */
export function readyCount(d: Draft): number {
  if (d.head.only === null) return d.index.readyCount
  return stepRecord(d, d.head.only)?.again && d.index.planOf.get(d.head.only) === null ? 1 : 0
}

/** A step that may have run behind a lost one is not started by itself: it is lost too, unless on_lost says otherwise. */
function settledMaybe(d: Draft, i: number): boolean {
  const step = d.graph.steps[i]!
  const record = stepRecord(d, step.name)
  if (!record?.maybe || step.onLost === 'retry_now') return false
  const { retryPolicy: _none, ...once } = step
  loseAttempt(
    d,
    step.name,
    once,
    record.attempt,
    'lost: it may have run on a host that was lost; retry the run to start it again',
  )
  return true
}

/**
 * The next handler of the queue, in a plan of its own: handlers are for cleaning up, so none may end as "maybe run" behind
 * another that was lost.
 */
function dispatchHandler(d: Draft): void {
  const { head } = d
  const kind = head.handlerQueue[0]
  if (kind === undefined || d.index.activeCount > 0 || (head.phase === 'handlers' && head.stop && !head.stop.answered))
    return
  const name = sideName(kind)
  if (d.index.openCalls.has(name)) return
  const record = stepRecord(d, name)
  if (record?.nextAt !== undefined && !record.again) return
  const items: PlanItem[] = head.preparedOn === head.runnerId ? [] : [{ kind: 'prepare' }]
  items.push({ kind: 'step', step: name, attempt: (record?.attempt ?? 0) + 1, env: handlerEnv(d, kind) })
  addNewPlan(d, items)
}

function addNewPlan(d: Draft, items: PlanItem[]): void {
  d.head.fence += 1
  const runnerId = d.head.runnerId!
  const plan: PlanRecord = {
    id: `p${d.head.fence}`,
    fence: d.head.fence,
    runnerId,
    items,
    at: d.ctx.now,
    ...(d.head.contextRev && { rev: d.head.contextRev }),
    seen: false,
    answerTo: d.answering?.runnerId === runnerId ? d.answering.seq : null,
  }
  addPlan(d, plan)
}
