// One run on a simulated host. Promise: it keeps to what runner-agent/runs/run-executor.ts and reporter.ts promise: state is a fold
// over the journal (the very same function), one report in flight, resent unchanged; every accepted plan ends with its account.

import type { AgentEvent, RunFrame } from '@edgedag/core/protocol/frames'
import type { Plan, RunContext, StopOrder } from '@edgedag/core/protocol/plans'
import { graphOf, nodeOf } from '@edgedag/core/run/graph'
import type { Dag } from '@edgedag/core/spec/dag'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { JournalRecord } from '@edgedag/runner-agent/journal/records'
import { applyRecord, isIdle, pendingUploads, upload as uploadOf } from '@edgedag/runner-agent/runs/host-run'
import type { HostRun, PlanState } from '@edgedag/runner-agent/runs/host-run-state'
import { SimFault } from '../sim/faults.ts'
import { Interrupt } from './interrupt.ts'
import { type PlanEnd, runLane } from './lane.ts'
import type { SimAgent } from './sim-agent.ts'

const RESEND_FIRST_MS = 5_000
const RESEND_MAX_MS = 60_000
const SEGMENT_BYTES = 40_000

export class SimRun {
  readonly agent: SimAgent
  readonly run: HostRun
  context: RunContext | null = null
  /** What this attempt was given; null: it asked for nothing. */
  given: AttemptSecrets | null = null
  isPrepared = false
  /** Nothing new starts before the next frame of the Run. */
  isInDoubt = false
  readonly #lanes = new Map<string, Interrupt>()
  readonly #stops = new Map<string, Set<string>>()
  #timeout: unknown = null
  #reportTimer: unknown = null
  #reportDue = Number.POSITIVE_INFINITY
  #again: unknown = null
  #againMs = RESEND_FIRST_MS
  #ackWaiters: (() => void)[] = []
  #isGone = false

  constructor(agent: SimAgent, run: HostRun) {
    this.agent = agent
    this.run = run
  }

  get dag(): Dag {
    return this.context!.dag as Dag
  }

  restore(): void {
    const stored = this.agent.machine.contexts.get(this.run.runId)
    if (stored !== undefined && stored.context.attempt === this.run.attempt) {
      this.context = stored.context
      this.given = stored.given
      this.isPrepared = true
    } else if (this.run.waiting.length === 0 && this.run.results.size === 0) return this.#finishOff()
    for (const upload of pendingUploads(this.run)) this.upload(upload.step, upload.attempt, upload.final!)
    this.#armTimeout()
    for (const state of this.run.plans.values()) if (!state.ended) this.#startLane(state)
    for (const stop of this.run.stops.values()) this.#obey(stop)
    this.#checkGone()
  }

  take(frame: RunFrame): void {
    const isAcknowledged = frame.ack !== undefined && this.#acknowledged(frame.ack)
    if (frame.context !== undefined) this.#takeContext(frame.context)
    for (const id of frame.stale ?? []) this.#drop(id)
    for (const plan of frame.plans ?? []) this.#takePlan(plan)
    if (frame.stop !== undefined) this.#takeStop(frame.stop)
    if (frame.end !== undefined) this.#takeEnd(frame.end)
    if (isAcknowledged || this.isInDoubt) {
      this.isInDoubt = false
      this.#wakeAckWaiters()
    }
    this.schedule(0)
    this.#checkGone()
  }

  plans(): { plan: string; fence: number }[] {
    return [...this.run.plans.values()].map(({ plan }) => ({ plan: plan.plan, fence: plan.fence }))
  }

  emit(event: AgentEvent, withinMs: number): void {
    if (this.#isGone) return
    this.record({ k: 'event', run: this.run.runId, event })
    this.schedule(withinMs)
  }

  record(record: JournalRecord): void {
    this.agent.append(record)
    applyRecord(this.run, record)
  }

  /** Resolves with the next acknowledgement. */
  acknowledged(): Promise<void> {
    return new Promise(resolve => this.#ackWaiters.push(resolve))
  }

  /** A big log is put into blob storage segment by segment; each is reported when it is there, and put again where that failed. */
  upload(step: string, attempt: number, bytes: number): void {
    const { machine } = this.agent
    this.agent.later(machine.random.between(5, 2_000), () => {
      if (!machine.network.isUp || machine.world.uploadFails()) return this.upload(step, attempt, bytes)
      const { sealed: offset, seq } = uploadOf(this.run, step, attempt, 'stdout')
      const of = { step, attempt, stream: 'stdout' as const }
      const segment = { seq: seq + 1, offset, bytes: Math.min(SEGMENT_BYTES, bytes - offset), lines: 1, sha256: 'x' }
      this.emit({ type: 'segment', at: this.agent.now(), ...of, ...segment }, 0)
      if (offset + segment.bytes < bytes) this.upload(step, attempt, bytes)
      this.#checkGone()
    })
  }

  /** Its files are deleted; what still runs is ended. */
  forget(): void {
    for (const lane of this.#lanes.values()) lane.throw('stale')
    this.#finishOff()
  }

  // ---- reports

  schedule(ms: number): void {
    if (this.run.inFlight > 0 || this.#isGone) return
    if (ms <= 0) return this.#flush()
    const due = this.agent.machine.world.loop.now + ms
    if (due >= this.#reportDue) return
    this.agent.cancel(this.#reportTimer)
    this.#reportDue = due
    this.#reportTimer = this.agent.later(ms, () => this.#flush())
  }

  resend(): void {
    const { run } = this
    if (run.inFlight === 0) return this.#flush()
    const events = run.waiting.slice(0, run.inFlight).map(waiting => waiting.json)
    this.agent.send(
      `{"type":"report","runId":${JSON.stringify(run.runId)},"seq":${run.seq},"events":[${events.join(',')}]}`,
    )
    this.agent.cancel(this.#again)
    this.#again = this.agent.later(this.#againMs, () => {
      this.#againMs = Math.min(this.#againMs * 2, RESEND_MAX_MS)
      this.resend()
    })
  }

  #flush(): void {
    this.agent.cancel(this.#reportTimer)
    this.#reportDue = Number.POSITIVE_INFINITY
    const { run } = this
    if (run.inFlight > 0 || run.waiting.length === 0) return
    this.record({ k: 'sent', run: run.runId, seq: run.seq + 1, count: run.waiting.length })
    this.resend()
  }

  #acknowledged(seq: number): boolean {
    const { run } = this
    if (run.inFlight === 0 || seq < run.seq) return false
    if (seq > run.seq) {
      this.record({ k: 'sent', run: run.runId, seq: seq + 1, count: run.inFlight })
      this.resend()
      return false
    }
    this.agent.cancel(this.#again)
    this.#againMs = RESEND_FIRST_MS
    this.record({ k: 'ack', run: run.runId, seq })
    return true
  }

  #wakeAckWaiters(): void {
    const waiters = this.#ackWaiters
    this.#ackWaiters = []
    for (const waiter of waiters) waiter()
  }

  // ---- orders

  #takeContext(context: RunContext): void {
    const { attempt, rev = 0 } = context
    const isSame = this.context !== null && attempt === this.run.attempt
    if (this.context !== null && (attempt < this.run.attempt || (isSame && rev <= (this.run.rev ?? 0)))) return
    const seq = isSame ? this.run.seq : Math.max(this.run.seq, this.agent.now())
    const { loop } = this.agent.machine.world
    const deadline =
      context.timeoutMs === undefined
        ? {}
        : { deadline: { bootId: `${this.agent.machine.boot}`, uptimeMs: loop.now + context.timeoutMs } }
    this.record({ k: 'run', run: this.run.runId, attempt, seq, ...(rev > 0 ? { rev } : {}), ...deadline })
    this.context = context
    if (!isSame) this.isPrepared = false
    else if (this.isPrepared) this.agent.machine.store(context, this.given)
    this.#armTimeout()
  }

  #takePlan(plan: Plan): void {
    if (this.run.plans.has(plan.plan) || this.run.past.has(plan.plan)) return
    this.record({ k: 'plan', run: this.run.runId, plan })
    const state = this.run.plans.get(plan.plan)!
    const isPrepared = this.isPrepared || plan.items[0]?.kind === 'prepare'
    if (this.context === null || !isPrepared) this.#endPlan(state, 'unprepared', 'this host does not have the run')
    else if (this.agent.running >= this.agent.machine.capacity) this.#endPlan(state, 'refused', 'this host is full')
    else this.#startLane(state)
  }

  #startLane(state: PlanState): void {
    const { plan } = state.plan
    if (this.#lanes.has(plan)) return
    if (this.context === null)
      return this.#endPlan(
        state,
        state.done === 0 && state.running === undefined ? 'unprepared' : 'lost',
        'what the host knew of the run is gone',
      )
    const interrupt = new Interrupt()
    this.#lanes.set(plan, interrupt)
    if (this.#isOverdue(state)) interrupt.throw('run_timeout')
    runLane(this, state, interrupt).then(
      end => this.#laneEnded(state, end),
      error => {
        if (!(error instanceof SimFault)) this.agent.machine.world.unexpected(`lane of ${this.run.runId}`, error)
      },
    )
  }

  #laneEnded(state: PlanState, end: PlanEnd): void {
    if (this.agent.dead) return
    try {
      this.#lanes.delete(state.plan.plan)
      if (end !== 'stale' && !this.#isGone) this.#endPlan(state, end)
      this.#settleStops(state.plan.plan)
      this.#checkGone()
    } catch (error) {
      if (!(error instanceof SimFault)) throw error
    }
  }

  #endPlan(state: PlanState, reason: Exclude<PlanEnd, 'stale'>, error?: string): void {
    const { plan, fence } = state.plan
    this.emit(
      { type: 'plan_ended', plan, fence, at: this.agent.now(), reason, ...(error === undefined ? {} : { error }) },
      0,
    )
    void this.agent.commit()
  }

  #takeStop(stop: StopOrder): void {
    if (this.run.stops.has(stop.id)) return
    if (this.run.past.has(stop.id)) {
      const waits = this.run.waiting.some(({ event }) => event.type === 'stopped' && event.stop === stop.id)
      if (!waits) this.emit({ type: 'stopped', at: this.agent.now(), stop: stop.id }, 0)
      return
    }
    this.record({ k: 'stop', run: this.run.runId, stop })
    this.#obey(stop)
  }

  #obey(stop: StopOrder): void {
    const reach = [...this.#lanes.keys()].filter(plan => stop.plans === undefined || stop.plans.includes(plan))
    this.#stops.set(stop.id, new Set(reach))
    for (const plan of reach) this.#lanes.get(plan)?.throw(stop.reason === 'run_timeout' ? 'run_timeout' : 'stopped')
    this.#settleStops('')
  }

  #settleStops(plan: string): void {
    for (const [stop, waiting] of this.#stops) {
      waiting.delete(plan)
      if (waiting.size > 0) continue
      this.#stops.delete(stop)
      this.emit({ type: 'stopped', at: this.agent.now(), stop }, 0)
    }
  }

  #drop(plan: string): void {
    this.#lanes.get(plan)?.throw('stale')
    this.record({ k: 'drop', run: this.run.runId, plan })
  }

  #takeEnd(end: 'finished' | 'unknown'): void {
    if (this.run.end === end) return
    for (const [plan, state] of this.run.plans) if (!state.ended) this.#drop(plan)
    this.record({ k: 'end', run: this.run.runId, end })
    if (end !== 'unknown') return
    for (const lane of this.#lanes.values()) lane.throw('stale')
    this.#finishOff()
  }

  #armTimeout(): void {
    this.agent.cancel(this.#timeout)
    const { deadline } = this.run
    if (deadline === undefined) return
    this.#timeout = this.agent.later(this.#remainingMs(deadline), () => this.#timedOut())
  }

  #remainingMs({ bootId, uptimeMs }: NonNullable<HostRun['deadline']>): number {
    const { boot, world } = this.agent.machine
    return bootId === `${boot}` ? Math.max(0, uptimeMs - world.loop.now) : 0
  }

  #timedOut(): void {
    for (const [id, lane] of this.#lanes) {
      const state = this.run.plans.get(id)
      if (state === undefined || this.#isOverdue(state)) lane.throw('run_timeout')
    }
  }

  /** Plans of handlers that come after the steps run outside the limit. */
  #isOverdue({ plan }: PlanState): boolean {
    const { deadline } = this.run
    if (deadline === undefined || this.#remainingMs(deadline) > 0) return false
    const steps = plan.items.filter(item => item.kind === 'step')
    return steps.length === 0 || !steps.every(item => this.#isClosingHandler(item.step))
  }

  #isClosingHandler(name: string): boolean {
    const handler = this.context === null ? undefined : graphOf(this.dag).handlers.get(name)
    return handler !== undefined && handler.kind !== 'init'
  }

  stepOf(name: string) {
    return nodeOf(graphOf(this.dag), name)
  }

  #checkGone(): void {
    if (this.run.end !== undefined && !this.#isGone && this.#lanes.size === 0 && isIdle(this.run)) this.#finishOff()
  }

  #finishOff(): void {
    if (this.#isGone) return
    this.agent.append({ k: 'gone', run: this.run.runId })
    this.#isGone = true
    this.agent.cancel(this.#timeout)
    this.agent.cancel(this.#reportTimer)
    this.agent.cancel(this.#again)
    this.agent.gone(this)
  }
}
