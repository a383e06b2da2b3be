// An agent without faults, for tests: it keeps to the protocol (one report in flight, on only after a plain success) and
// runs steps by a script instead of processes. One call of work() finishes the oldest running step.
import type { ChildItem } from '../../expr/call-events.ts'
import { type AgentEvent, CHILDREN_IN_EVENT, type Report, type RunFrame } from '../../protocol/frames.ts'
import type { Plan, PlanItem, RunContext } from '../../protocol/plans.ts'

type StepItem = Extract<PlanItem, { kind: 'step' }>
type Finished = Extract<AgentEvent, { type: 'finished' }>
/** What a step does: its result, or `hang`: it runs until it is stopped. */
export type StepResult = Partial<
  Pick<Finished, 'outcome' | 'exitCode' | 'outputs' | 'facts' | 'error' | 'conditions' | 'stdout'>
>
export type Script = (step: string, attempt: number, env: Record<string, string>) => StepResult | 'hang'
/** What a step calls; undefined: it runs a process. */
export type Calls = (
  step: string,
  attempt: number,
) => { target: string; params: (string | ChildItem)[]; maxConcurrent?: number; parallel?: boolean } | undefined
export type Preparation = Partial<
  Pick<Extract<AgentEvent, { type: 'prepared' }>, 'conditions' | 'error' | 'params' | 'paramsDisplay'>
>

interface Job {
  plan: Plan
  next: number
  /** The running item. */
  current: { step: string; attempt: number; env: Record<string, string> } | null
}

export class IdealAgent {
  readonly starts: string[] = []
  readonly contexts: RunContext[] = []
  peak = 0
  jobs: Job[] = []
  outbox: AgentEvent[] = []
  inFlight: Report | null = null
  ended = false
  private seq = 0
  private readonly stopped = new Set<string>()

  readonly runId: string
  private readonly now: () => number
  private readonly script: Script
  private readonly preparation: Preparation
  private readonly calls: Calls
  /** Results that were published for calls, oldest first. */
  readonly concluded: NonNullable<StepItem['conclude']>[] = []

  constructor(
    runId: string,
    now: () => number,
    script: Script,
    preparation: Preparation = {},
    calls: Calls = () => undefined,
  ) {
    this.runId = runId
    this.now = now
    this.script = script
    this.preparation = preparation
    this.calls = calls
  }

  /** Takes a frame in, starts what may start. */
  take(frame: RunFrame): void {
    if (frame.ack !== undefined && this.inFlight && frame.ack >= this.inFlight.seq) this.inFlight = null
    if (frame.context) this.contexts.push(frame.context)
    for (const id of frame.stale ?? []) this.jobs = this.jobs.filter(job => job.plan.plan !== id)
    if (frame.stop) this.stop(frame.stop.id, frame.stop.plans ?? this.jobs.map(job => job.plan.plan))
    for (const plan of frame.plans ?? []) this.begin(plan)
    if (frame.end) this.ended = true
  }

  /** The report to be sent (again), or null when there is nothing to say. */
  report(): Report | null {
    if (!this.inFlight && this.outbox.length > 0) {
      this.seq += 1
      this.inFlight = { type: 'report', runId: this.runId, seq: this.seq, events: this.outbox }
      this.outbox = []
    }
    return this.inFlight
  }

  /** Finishes the oldest running step that does not hang; false: there is none. */
  work(): boolean {
    for (const job of this.jobs) {
      if (!job.current) continue
      const result = this.script(job.current.step, job.current.attempt, job.current.env)
      if (result === 'hang') continue
      this.finish(job, result)
      return true
    }
    return false
  }

  get busy(): boolean {
    return this.jobs.some(job => job.current !== null)
  }

  plans(): { plan: string; fence: number }[] {
    const unanswered = [...this.outbox, ...(this.inFlight?.events ?? [])]
    const ended = unanswered.flatMap(event =>
      event.type === 'plan_ended' ? [{ plan: event.plan, fence: event.fence }] : [],
    )
    return [...this.jobs.map(({ plan }) => ({ plan: plan.plan, fence: plan.fence })), ...ended]
  }

  private begin(plan: Plan): void {
    if (this.stopped.has(plan.plan) || this.plans().some(known => known.plan === plan.plan)) return
    const job: Job = { plan, next: 0, current: null }
    this.jobs.push(job)
    this.startNext(job)
  }

  private startNext(job: Job): void {
    const item = job.plan.items[job.next]
    if (!item) {
      this.end(job, 'completed')
      return
    }
    job.next += 1
    if (item.kind === 'prepare') {
      const { conditions = [], error, params = [], paramsDisplay = '' } = this.preparation
      this.say(job, {
        type: 'prepared',
        params,
        paramsDisplay,
        conditions,
        workDir: '/work',
        ...(error !== undefined && { error }),
      })
      if (error !== undefined || conditions.some(condition => !condition.met)) this.end(job, 'step')
      else this.startNext(job)
      return
    }
    if (item.conclude) {
      this.conclude(job, item, item.conclude)
      return
    }
    const called = this.calls(item.step, item.attempt)
    if (called) {
      this.call(job, item, called)
      return
    }
    job.current = { step: item.step, attempt: item.attempt, env: item.env ?? {} }
    this.starts.push(`${item.step}#${item.attempt}`)
    this.peak = Math.max(this.peak, this.jobs.filter(each => each.current).length)
    this.say(job, { type: 'started', step: item.step, attempt: item.attempt, pid: 1 })
  }

  private call(job: Job, { step, attempt }: StepItem, called: NonNullable<ReturnType<Calls>>): void {
    const { params, parallel = params.length > 1, ...rest } = called
    for (let from = 0; from < params.length; from += CHILDREN_IN_EVENT) {
      const items = params.slice(from, from + CHILDREN_IN_EVENT).map(itemOf)
      const last = from + CHILDREN_IN_EVENT >= params.length
      this.say(job, { type: 'children', step, attempt, parallel, from, items, last, ...rest })
    }
    this.end(job, 'step')
  }

  /** As the real agent: the text is the step's output, and what its policies ask for is evaluated. */
  private conclude(job: Job, { step, attempt, env }: StepItem, result: NonNullable<StepItem['conclude']>): void {
    this.concluded.push(result)
    job.current = { step, attempt, env: env ?? {} }
    const script = this.script(step, attempt, env ?? {})
    const facts = script === 'hang' || !script.facts ? {} : { facts: script.facts }
    const error = result.error === undefined ? {} : { error: result.error }
    this.finish(job, { exitCode: result.exitCode, outputs: { R: result.text }, ...error, ...facts })
  }

  private finish(job: Job, result: StepResult): void {
    const { step, attempt } = job.current!
    const outcome = result.outcome ?? (result.exitCode ? 'failed' : 'succeeded')
    const exitCode = result.exitCode ?? (outcome === 'succeeded' || outcome === 'skipped' ? 0 : 1)
    job.current = null
    this.say(job, { ...result, type: 'finished', step, attempt, outcome, exitCode })
    if (outcome === 'succeeded') this.startNext(job)
    else this.end(job, 'step')
  }

  private stop(id: string, plans: string[]): void {
    for (const plan of plans) this.stopped.add(plan)
    for (const job of this.jobs.filter(each => plans.includes(each.plan.plan))) {
      if (job.current) {
        const { step, attempt } = job.current
        job.current = null
        this.say(job, { type: 'finished', step, attempt, outcome: 'aborted', exitCode: -1 })
      }
      this.end(job, 'stopped')
    }
    this.outbox.push({ type: 'stopped', at: this.now(), stop: id })
  }

  /** The agent's own account of a timeout of the run. */
  timeOut(): void {
    for (const job of [...this.jobs]) {
      if (job.current) {
        const { step, attempt } = job.current
        job.current = null
        this.say(job, { type: 'finished', step, attempt, outcome: 'aborted', exitCode: -1, error: 'timeout' })
      }
      this.end(job, 'run_timeout')
    }
  }

  private end(job: Job, reason: 'completed' | 'step' | 'stopped' | 'run_timeout'): void {
    this.jobs = this.jobs.filter(each => each !== job)
    this.say(job, { type: 'plan_ended', reason })
  }

  private say(job: Job, event: Record<string, unknown>): void {
    const { plan, fence } = job.plan
    this.outbox.push({ plan, fence, at: this.now(), ...event } as unknown as AgentEvent)
  }
}

const itemOf = (item: string | ChildItem): ChildItem => (typeof item === 'string' ? { params: item } : item)
