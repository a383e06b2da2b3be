// Reports of the agent: one in flight per run, counted, resent unchanged until answered. A repeated one changes nothing;
// an event counts only under the fence of its own plan.
import type { AgentEvent } from '../protocol/frames.ts'
import { putArtifacts } from './artifacts.ts'
import { openCall } from './children/call-state.ts'
import { mayCall } from './children/may-call.ts'
import { takeChildren } from './children/take-children.ts'
import { closePlan } from './close-plan.ts'
import {
  type Draft,
  findNode,
  markSeen,
  markStale,
  planRecord,
  putStep,
  removePlan,
  setTimer,
  stepOrFresh,
} from './draft.ts'
import { isUntouched, noteEnd } from './empty-ends.ts'
import { beginTime, clampTime } from './event-times.ts'
import type { RunEvent } from './events.ts'
import { finishStep, loseAttempt } from './finish-step.ts'
import { EDGE_RUNNER } from './lane.ts'
import { putSegment } from './logs.ts'
import { heardAgain, losePlan, noteHeard, unprepare } from './lost.ts'
import { isMailKind } from './mail-nodes.ts'
import { HOME } from './placement/place.ts'
import { pauseRoom } from './placement/room.ts'
import { overdueKey } from './readiness.ts'
import type { PlanRecord } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { stopAnswered } from './stop.ts'

type ReportEvent = Extract<RunEvent, { type: 'report' }>
type EventOf<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>

/** How much later than the agent the Run enforces a time limit itself. */
export const TIMEOUT_FALLBACK_MS = 30_000

const LOST_AT_EDGE =
  'lost: the edge was restarted while it ran, and it may have had its effect (a request or mail may have been sent)'

/** A full agent is asked again after so long. */
const REFUSED_PAUSE_MS = 1000

export function takeReport(d: Draft, report: ReportEvent): void {
  const { runnerId, seq } = report
  const runner = d.head.runners.find(each => each.id === runnerId)
  d.answering = { runnerId, seq }
  if (!runner) for (const event of report.events) disown(d, runnerId, event)
  if (!runner || seq <= runner.seq) return
  d.head.runners = d.head.runners.map(each => (each === runner ? { ...each, seq } : each))
  heardAgain(d, runnerId)
  for (const id of d.index.unseen) {
    const plan = planRecord(d, id)
    if (plan?.runnerId === runnerId && plan.answerTo !== null && plan.answerTo < seq) markSeen(d, id)
  }
  for (const event of report.events) takeEvent(d, runnerId, event)
}

function takeEvent(d: Draft, runnerId: string, event: AgentEvent): void {
  if (event.type === 'segment') putSegment(d, event)
  else if (event.type === 'artifacts') putArtifacts(d, runnerId, event)
  else if (event.type === 'stopped') stopAnswered(d, runnerId, event.stop)
  else {
    const plan = planRecord(d, event.plan)
    const own = plan && plan.fence === event.fence && plan.runnerId === runnerId
    if (own) takePlanEvent(d, plan, event)
    else disown(d, runnerId, event)
  }
}

function takePlanEvent(d: Draft, plan: PlanRecord, event: Extract<AgentEvent, { plan: string }>): void {
  markSeen(d, plan.id)
  noteHeard(d, plan)
  const at = clampTime(d, event.at)
  if (event.type === 'prepared') prepared(d, plan, event)
  else if (event.type === 'started') started(d, plan, event, at)
  else if (event.type === 'finished') finished(d, plan, event, at)
  else if (event.type === 'children') children(d, plan, event, at)
  else planEnded(d, plan, event)
}

function disown(d: Draft, runnerId: string, event: AgentEvent): void {
  if ('plan' in event && event.type !== 'plan_ended') markStale(d, runnerId, event.plan)
}

function prepared(d: Draft, plan: PlanRecord, event: EventOf<'prepared'>): void {
  const { head } = d
  if (head.preparedOn === plan.runnerId || plan.items[0]?.kind !== 'prepare') return
  head.preparedOn = plan.runnerId
  const isHome = (head.place ?? HOME) === HOME
  if (isHome) head.workDir = event.workDir
  if (isHome) head.logFile = event.logFile ?? null
  if (event.artifactsDir !== undefined) head.artifactsDir = event.artifactsDir
  if (event.error !== undefined) {
    if (head.phase === 'handlers') head.handlerQueue = head.handlerQueue.filter(isMailKind)
    head.error = event.error
    return
  }
  // On a second host the run has begun: its conditions were met.
  const first = head.conditions === null
  head.params = event.params
  head.paramsDisplay = event.paramsDisplay
  head.conditions = event.conditions
  if (event.profile !== undefined) head.profile = event.profile
  if (first && event.conditions.some(condition => !condition.met)) head.cancel = 'precondition'
}

/** The attempt under which a plan holds a step. */
function itemAttempt(plan: PlanRecord, step: string): number | undefined {
  for (const item of plan.items) if (item.kind === 'step' && item.step === step) return item.attempt
  return undefined
}

function started(d: Draft, plan: PlanRecord, event: EventOf<'started'>, at: number): void {
  const before = stepOrFresh(d, event.step)
  if (itemAttempt(plan, event.step) !== event.attempt || before.attempt >= event.attempt || !canRun(before)) return
  const {
    again: _again,
    nextAt: _next,
    error: _error,
    finishedAt: _end,
    exitCode: _code,
    maybe: _maybe,
    lost: _lost,
    ...rest
  } = before
  const host = d.head.runners.find(runner => runner.id === plan.runnerId)?.hostname
  putStep(d, {
    ...rest,
    status: 'running',
    attempt: event.attempt,
    startedAt: beginTime(d, event.step, at),
    ...(event.by !== undefined && { startedBy: event.by }),
    ...(host !== undefined && { host }),
    ...(event.pid !== undefined && { pid: event.pid }),
    ...(event.commands && { commands: event.commands }),
    ...(event.stdoutPath && { stdoutPath: event.stdoutPath }),
    ...(event.stderrPath && { stderrPath: event.stderrPath }),
  })
  watchLimit(d, event.step)
}

/** The agent keeps a step's time limit; the Run steps in so much later, by its own clock: the host's may be wrong. */
function watchLimit(d: Draft, name: string): void {
  const limitSec = findNode(d, name)?.timeoutSec ?? 0
  if (limitSec <= 0) return
  setTimer(d, {
    key: overdueKey(name),
    due: d.ctx.now + limitSec * 1000 + TIMEOUT_FALLBACK_MS,
    kind: 'overdue',
    step: name,
  })
}

/** The attempt is the one that the plan gave, what it came to is not known yet, and the step has not gone on. */
const counts = (plan: PlanRecord, before: StepRecord, { step, attempt }: { step: string; attempt: number }): boolean =>
  itemAttempt(plan, step) === attempt && before.result < attempt && before.attempt <= attempt && canRun(before)

function finished(d: Draft, plan: PlanRecord, event: EventOf<'finished'>, at: number): void {
  const before = stepOrFresh(d, event.step)
  if (counts(plan, before, event)) finishStep(d, event, at)
}

/** Of what a step calls only the first part begins its attempt. */
function children(d: Draft, plan: PlanRecord, event: EventOf<'children'>, at: number): void {
  const before = stepOrFresh(d, event.step)
  const repeated = event.from === 0 && before.attempt === event.attempt
  if (repeated || !counts(plan, before, event)) return
  const step = findNode(d, event.step)
  if (mayCall(step, event)) takeChildren(d, plan, event, at)
  else if (step) loseAttempt(d, event.step, step, event.attempt, `refused: its host says that it calls ${event.target}`)
}

/** A node that is over stays so. */
function canRun(record: StepRecord): boolean {
  return record.status === 'not_started' || record.status === 'running' || record.status === 'retrying'
}

function planEnded(d: Draft, plan: PlanRecord, event: EventOf<'plan_ended'>): void {
  const untouched = isUntouched(d, plan)
  closeEnded(d, plan, event)
  // A refusal has a pause of its own, and a step that was lost has had its attempt.
  if (event.reason !== 'refused' && event.reason !== 'lost') noteEnd(d, plan, untouched)
}

function closeEnded(d: Draft, plan: PlanRecord, event: EventOf<'plan_ended'>): void {
  switch (event.reason) {
    case 'stopped':
      closePlan(d, plan, 'stopped')
      break
    case 'run_timeout':
      timeOut(d)
      closePlan(d, plan, 'the run timed out')
      break
    case 'refused':
      endPlan(d, plan)
      pauseRoom(d, event.error ?? `host ${d.head.hostname} is full`, REFUSED_PAUSE_MS)
      break
    case 'unprepared':
      endPlan(d, plan)
      unprepare(d, plan.runnerId)
      break
    case 'lost':
      losePlan(d, plan, event.error ?? 'lost: the host cannot say what became of it')
      // It may have lost the context too.
      unprepare(d, plan.runnerId)
      break
    default:
      endPlan(d, plan)
      break
  }
}

/** A plan that is over by the agent's account: a step that it started and does not account for is lost, others are given back. */
function endPlan(d: Draft, plan: PlanRecord): void {
  const open = plan.items.some(item => {
    const record = item.kind === 'step' ? stepOrFresh(d, item.step) : undefined
    return (
      record?.status === 'running' &&
      item.kind === 'step' &&
      record.attempt === item.attempt &&
      record.result < item.attempt &&
      !openCall(d, item.step, item.attempt)
    )
  })
  if (open)
    losePlan(d, plan, plan.runnerId === EDGE_RUNNER ? LOST_AT_EDGE : 'lost: the host ended the plan without a result')
  else removePlan(d, plan)
}

export function timeOut(d: Draft): void {
  if (d.head.phase === 'handlers' || d.head.timedOut) return
  d.head.timedOut = true
  d.head.error = `the run timed out after ${d.dag.timeoutSec} s`
}
