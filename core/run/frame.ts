// Frames for an agent, built from state alone: what it has to be told and is not known to have.
import type { RunFrame } from '../protocol/frames.ts'
import type { Plan, RunContext } from '../protocol/plans.ts'
import { paramsBinding } from '../vault/sealed-params.ts'
import { TIMEOUT_TIMER } from './approval/wait.ts'
import { callResult } from './children/call-result.ts'
import { type Draft, planRecord, stepRecord, timerRecord } from './draft.ts'
import { EDGE_RUNNER } from './lane.ts'
import { TIMEOUT_FALLBACK_MS } from './report.ts'
import { runMail } from './run-mail.ts'
import type { PlanRecord } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { clock } from './summary.ts'

/** The frame that tells `runnerId` everything it must know now; null when there is nothing to say. */
export function frameFor(d: Draft, runnerId: string): RunFrame | null {
  const frame: RunFrame = { type: 'run', runId: d.head.spec.runId }
  const runner = d.head.runners.find(each => each.id === runnerId)
  if (d.answering?.runnerId === runnerId) frame.ack = runner ? Math.max(runner.seq, d.answering.seq) : d.answering.seq
  const stop = stopFor(d, runnerId)
  const plans = d.head.phase === 'ended' ? [] : unseenPlans(d, runnerId, stop?.plans ?? [])
  if (plans.length > 0 && !hasContext(d, runner)) frame.context = contextOf(d, runnerId)
  if (plans.length > 0) frame.plans = plans.map(plan => wirePlan(d, plan))
  if (stop) frame.stop = stop
  const stale = d.stale.get(runnerId)
  if (stale && stale.size > 0) frame.stale = [...stale]
  if (d.head.phase === 'ended') frame.end = 'finished'
  return Object.keys(frame).length > 2 ? frame : null
}

function hasContext({ head }: Draft, runner: Draft['head']['runners'][number] | undefined): boolean {
  return runner?.heard === head.attempt && (runner.rev ?? 0) >= (head.contextRev ?? 0)
}

const wirePlan = (d: Draft, { id, fence, items, runnerId }: PlanRecord): Plan => ({
  plan: id,
  fence,
  ...(runnerId === EDGE_RUNNER && items.some(item => isStarted(d, item)) && { begun: newestStart(d, items) }),
  items: items.map(item => wireItem(d, item)),
})

/** What follows from state is filled in when it is sent, and stored nowhere. */
function wireItem(d: Draft, item: PlanRecord['items'][number]): PlanRecord['items'][number] {
  if (item.kind !== 'step') return item
  if (item.conclude) return { ...item, conclude: callResult(d, item.step) }
  const node = d.graph.handlers.get(item.step)
  const mail = node && runMail(d, node.kind)
  return mail === undefined ? item : { ...item, mail }
}

const isStarted = (d: Draft, item: PlanRecord['items'][number]): boolean =>
  item.kind === 'step' && item.conclude === undefined && (stepRecord(d, item.step)?.attempt ?? 0) >= item.attempt

/** Who has begun the newest of the items that have begun: it knows itself by this, and others know that it is not theirs. */
function newestStart(d: Draft, items: PlanRecord['items']): string {
  const item = items.findLast(each => isStarted(d, each))
  return (item?.kind === 'step' && stepRecord(d, item.step)?.startedBy) || ''
}

/** Plans under a stop that is not answered are not sent again: the agent must not start them. */
function unseenPlans(d: Draft, runnerId: string, stopped: string[]): PlanRecord[] {
  const plans = [...d.index.unseen].flatMap(id => planRecord(d, id) ?? [])
  return plans
    .filter(plan => plan.runnerId === runnerId && !stopped.includes(plan.id))
    .sort((a, b) => a.fence - b.fence)
}

function stopFor(d: Draft, runnerId: string): RunFrame['stop'] {
  const { stop, rewind } = d.head
  // What a push-back ends is ended as by a user's stop of these plans.
  const order = stop && !stop.answered ? stop : rewind ? { ...rewind, reason: 'user' as const } : null
  if (!order) return undefined
  const plans = order.plans.filter(id => planRecord(d, id)?.runnerId === runnerId)
  return plans.length > 0 ? { id: order.id, reason: order.reason, plans } : undefined
}

/** The DAG's folder is on one host only. */
function hasSource({ head }: Draft, runnerId: string): boolean {
  if (runnerId === EDGE_RUNNER) return false
  const wanted = head.spec.source?.runner
  return runnerId === wanted || head.runners.some(({ id, hostname }) => id === runnerId && hostname === wanted)
}

function contextOf(d: Draft, runnerId: string): RunContext {
  const { head } = d
  const context: RunContext = {
    runId: head.spec.runId,
    attempt: head.attempt,
    attemptId: head.attemptId,
    dag: d.dag,
    trigger: head.trigger,
    results: Object.fromEntries(resultsOf(d)),
    uploadKey: d.ctx.uploadKey ?? '',
  }
  if (head.contextRev) context.rev = head.contextRev
  if (head.spec.params !== undefined) context.params = head.spec.params
  if (head.spec.webhook) context.webhook = head.spec.webhook
  if (head.spec.scheduleTime !== undefined) context.scheduledAt = clock(head.spec.scheduleTime)
  if (head.spec.source && hasSource(d, runnerId)) context.source = { dir: head.spec.source.dir }
  if (head.spec.profile !== undefined) context.profile = head.spec.profile
  if (head.spec.profileDefaults) context.defaults = true
  const { parent, sealedParams } = head.spec
  if (parent && sealedParams !== undefined)
    context.sealedParams = { text: sealedParams, binding: paramsBinding(parent) }
  if (head.sealedOutputs) context.sealedOutputs = true
  if (parent?.workingDir !== undefined && parent.runnerId === runnerId) context.parentWorkingDir = parent.workingDir
  const deadline = head.phase === 'handlers' ? null : deadlineOf(d)
  if (deadline !== null) context.timeoutMs = Math.max(1, deadline - d.ctx.now)
  return context
}

/** When the DAG's time limit is over: its timer says so, which may be at its second turn. */
function deadlineOf(d: Draft): number | null {
  const timer = timerRecord(d, TIMEOUT_TIMER)
  if (!timer) return null
  return timer.hold ? timer.due - TIMEOUT_FALLBACK_MS : timer.due
}

function* resultsOf(d: Draft): Generator<[string, RunContext['results'][string]]> {
  for (const step of d.graph.steps) {
    const record = d.steps.get(step.name) ?? d.base?.steps.get(step.name)
    if (
      record &&
      (record.result > 0 || record.imported !== undefined) &&
      record.finishedAt !== undefined &&
      !record.again
    )
      yield [step.name, resultOf(record)]
  }
}

function resultOf(record: StepRecord): RunContext['results'][string] {
  return {
    status: record.status,
    exitCode: record.exitCode ?? 0,
    ...(record.outputs && { outputs: record.outputs }),
    ...(record.approval?.approved && { inputs: record.approval.approved.inputs }),
    ...(record.structured && { structured: record.structured }),
    ...(record.sealed !== undefined && { sealed: record.sealed }),
    ...(record.stdoutPath !== undefined && { stdoutPath: record.stdoutPath }),
    ...(record.stderrPath !== undefined && { stderrPath: record.stderrPath }),
  }
}
