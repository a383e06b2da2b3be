// An agent without processes, for tests of the objects: it speaks the real frames over a real socket, and steps end as the test says.
import {
  type AgentEvent,
  CHILDREN_IN_EVENT,
  PROTOCOL,
  type RunFrame,
  type ToAgent,
} from '@edgedag/core/protocol/frames'
import type { Plan } from '@edgedag/core/protocol/plans'
import type { Dag, Step } from '@edgedag/core/spec/dag'

export interface StepEnd {
  outcome?: 'succeeded' | 'failed' | 'skipped'
  exitCode?: number
  stdout?: string
}

export interface FakeAgentOptions {
  fetch(request: Request): Promise<Response>
  /** How a step ends; a promise keeps it running. */
  behave?(step: string, attempt: number, dag: Dag): StepEnd | Promise<StepEnd>
  bootId?: string
  labels?: Record<string, string>
}

interface RunOnHost {
  dag: Dag
  seq: number
  waiting: AgentEvent[]
  inFlight: string | null
  plans: Plan[]
  ended: boolean
}

export class FakeAgent {
  readonly frames: ToAgent[] = []
  readonly runs = new Map<string, RunOnHost>()
  readonly #options: FakeAgentOptions
  #socket: WebSocket | null = null
  /** How the control plane has ended the last connection; undefined: it has not. */
  closed: CloseEvent | undefined

  constructor(options: FakeAgentOptions) {
    this.#options = options
  }

  /** Connects and says hello; what is unanswered is sent again after the welcome. */
  async connect(): Promise<this> {
    const response = await this.#options.fetch(
      new Request('http://runner/connect', { headers: { upgrade: 'websocket' } }),
    )
    const socket = response.webSocket
    if (!socket) throw new Error(`no socket: ${response.status}`)
    socket.accept()
    this.#socket = socket
    this.closed = undefined
    socket.addEventListener('close', event => (this.closed = event))
    socket.addEventListener('message', event => this.#receive(JSON.parse(String(event.data))))
    const runs = [...this.runs].map(([runId, run]) => ({
      runId,
      plans: run.plans.map(({ plan, fence }) => ({ plan, fence })),
    }))
    this.send({
      type: 'hello',
      protocol: PROTOCOL,
      version: 'test',
      bootId: this.#options.bootId ?? 'boot-1',
      host: { hostname: 'fake', os: 'linux', arch: 'x64' },
      labels: this.#options.labels ?? { kind: 'fake' },
      capacity: 100,
      now: Date.now(),
      runs,
    })
    return this
  }

  send(frame: unknown): void {
    this.#socket?.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket?.close(1001, 'cut')
    this.#socket = null
  }

  async received(match: (frame: ToAgent) => boolean): Promise<ToAgent> {
    return await eventually(() => this.frames.find(match))
  }

  #receive(frame: ToAgent): void {
    this.frames.push(frame)
    if (frame.type === 'welcome') for (const run of this.runs.values()) if (run.inFlight) this.send(run.inFlight)
    if (frame.type === 'run') this.#run(frame)
    if (frame.type === 'forget') this.send({ type: 'forgotten', runIds: frame.runIds })
  }

  #run(frame: RunFrame): void {
    const known = this.runs.get(frame.runId)
    if (frame.context !== undefined && (known === undefined || known.ended)) {
      this.runs.set(frame.runId, {
        dag: frame.context.dag as Dag,
        seq: 0,
        waiting: [],
        inFlight: null,
        plans: [],
        ended: false,
      })
    }
    const run = this.runs.get(frame.runId)
    if (run === undefined) return
    if (frame.ack === run.seq) run.inFlight = null
    for (const plan of frame.plans ?? []) {
      if (run.plans.some(other => other.plan === plan.plan)) continue
      run.plans.push(plan)
      void this.#execute(frame.runId, run, plan)
    }
    if (frame.stop !== undefined) this.#stop(frame.runId, run, frame.stop)
    if (frame.end !== undefined) this.runs.delete(frame.runId)
    else this.#flush(frame.runId, run)
  }

  async #execute(runId: string, run: RunOnHost, plan: Plan): Promise<void> {
    const inPlan = { plan: plan.plan, fence: plan.fence }
    const isLive = () => run.plans.includes(plan)
    for (const item of plan.items) {
      if (item.kind === 'prepare') {
        const scope = { params: [], paramsDisplay: '', conditions: [], workDir: '/tmp/work' }
        this.#report(runId, run, { type: 'prepared', ...inPlan, at: Date.now(), ...scope })
        continue
      }
      const { step, attempt } = item
      const of = { ...inPlan, step, attempt }
      if (item.conclude !== undefined) {
        const { exitCode, error } = item.conclude
        const why = error === undefined ? {} : { error }
        const outcome = exitCode === 0 ? 'succeeded' : 'failed'
        this.#report(runId, run, { type: 'finished', ...of, at: Date.now(), outcome, exitCode, ...why })
        return this.#endPlan(runId, run, plan, 'step')
      }
      const called = run.dag.steps.find(each => each.name === step)
      if (called?.call !== undefined) {
        this.#call(runId, run, of, called)
        return this.#endPlan(runId, run, plan, 'step')
      }
      this.#report(runId, run, { type: 'started', ...of, at: Date.now(), pid: 1 })
      const startedAt = Date.now()
      const {
        outcome = 'succeeded',
        exitCode = outcome === 'succeeded' ? 0 : 1,
        stdout = '',
      } = (await this.#options.behave?.(step, attempt, run.dag)) ?? {}
      if (!isLive()) return
      const log = {
        bytes: new TextEncoder().encode(stdout).byteLength,
        lines: stdout.split('\n').length - 1,
        text: stdout,
      }
      this.#report(runId, run, { type: 'finished', ...of, at: Date.now(), startedAt, outcome, exitCode, stdout: log })
      if (outcome !== 'succeeded') return this.#endPlan(runId, run, plan, 'step')
    }
    this.#endPlan(runId, run, plan, 'completed')
  }

  /** Evaluates nothing: lists of items are taken as they are written. */
  #call(
    runId: string,
    run: RunOnHost,
    of: { plan: string; fence: number; step: string; attempt: number },
    step: Step,
  ): void {
    const { items = [''], maxConcurrent } = step.parallel ?? {}
    const params = (Array.isArray(items) ? items : [items]).map(item => ({ params: String(item) }))
    for (let from = 0; from < params.length; from += CHILDREN_IN_EVENT) {
      this.#report(runId, run, {
        type: 'children',
        ...of,
        at: Date.now(),
        target: step.call!,
        parallel: step.parallel !== undefined,
        from,
        items: params.slice(from, from + CHILDREN_IN_EVENT),
        last: from + CHILDREN_IN_EVENT >= params.length,
        ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
      })
    }
  }

  #stop(runId: string, run: RunOnHost, stop: NonNullable<RunFrame['stop']>): void {
    for (const plan of run.plans.filter(each => stop.plans?.includes(each.plan) ?? true))
      this.#endPlan(runId, run, plan, 'stopped')
    this.#report(runId, run, { type: 'stopped', at: Date.now(), stop: stop.id })
  }

  #endPlan(runId: string, run: RunOnHost, plan: Plan, reason: 'completed' | 'step' | 'stopped'): void {
    run.plans = run.plans.filter(other => other !== plan)
    this.#report(runId, run, { type: 'plan_ended', plan: plan.plan, fence: plan.fence, at: Date.now(), reason })
  }

  /** One report of a run at a time; what happens within one turn of the event loop travels together. */
  #report(runId: string, run: RunOnHost, event: AgentEvent): void {
    run.waiting.push(event)
    queueMicrotask(() => setTimeout(() => this.#flush(runId, run), 0))
  }

  #flush(runId: string, run: RunOnHost): void {
    if (run.inFlight !== null || run.waiting.length === 0) return
    run.seq += 1
    run.inFlight = JSON.stringify({ type: 'report', runId, seq: run.seq, events: run.waiting })
    run.waiting = []
    this.send(run.inFlight)
  }
}

const PAUSE_MS = 5

/** Asks until there is an answer; the limit only ends a test that would hang, and counts pauses: tests set the clock. */
export async function eventually<T>(ask: () => T | Promise<T>, limitMs = 8_000): Promise<NonNullable<T>> {
  for (let left = limitMs; ; left -= PAUSE_MS) {
    const answer = await ask()
    if (answer) return answer
    if (left <= 0) throw new Error('it did not happen')
    await scheduler.wait(PAUSE_MS)
  }
}
