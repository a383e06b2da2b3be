// One run at the edge, behind the same frames and fences as an agent's: takes plans, runs them, reports. Promise: every plan that was
// taken ends with an account of its own; what is lost with this memory was never told, and the Run sends its plan again.
import {
  type AgentEvent,
  MAX_FRAME_BYTES,
  MAX_UNACKED_RESULTS,
  type Report,
  type RunFrame,
} from '@edgedag/core/protocol/frames'
import type { Plan, StopOrder } from '@edgedag/core/protocol/plans'
import { nodeOf } from '@edgedag/core/run/graph'
import { EdgeSecrets, type SecretsReader } from './edge-secrets.ts'
import { type LogSink, runEdgeStep } from './edge-step.ts'
import { type EdgeWorld, openWorld, type PayloadReader, prepareWorld } from './edge-world.ts'
import type { Outside } from './executors.ts'
import { type Cause, EdgeInterruption, isRunTimeout } from './interruption.ts'

export interface EdgeRunPorts {
  now(): number
  pause(ms: number): Promise<void>
  /** Gives a report to the Run; its answer. */
  report(report: Report): Promise<RunFrame>
  log: LogSink
  outside: Outside
  payload: PayloadReader
  secrets: SecretsReader
  /** Work that goes on by itself. */
  background(work: Promise<void>): void
  /** Nothing more will come of this run. */
  ended(): void
}

type StartedEvent = Extract<AgentEvent, { type: 'started' }>
type PlanEnd = Extract<AgentEvent, { type: 'plan_ended' }>['reason']

interface Lane {
  plan: Plan
  ending: EdgeInterruption
  /** The step that it would begin was begun before, by what is forgotten. */
  isOfAnother?: boolean
}

const reasonOf = (cause: Cause): PlanEnd => (isRunTimeout(cause) ? 'run_timeout' : 'stopped')

const isStale = ({ ending }: Lane): boolean => ending.cause?.kind === 'stale'

const TRIES = 5
const PAUSE_MS = 60

export class EdgeRun {
  readonly #runId: string
  readonly #ports: EdgeRunPorts
  readonly #secrets: EdgeSecrets
  readonly #lanes = new Map<string, Lane>()
  readonly #past = new Set<string>()
  /** By plan: who began the newest of its steps, as the Run knows it. */
  readonly #begun = new Map<string, string>()
  readonly #self = crypto.randomUUID()
  readonly #stops = new Map<string, Set<string>>()
  readonly #waiting: AgentEvent[] = []
  #world: EdgeWorld | undefined
  #deadline: ReturnType<typeof setTimeout> | null = null
  #seq = 0
  #unacked = 0
  #reporting: Promise<void> | null = null
  #isOver = false

  constructor(runId: string, ports: EdgeRunPorts) {
    this.#runId = runId
    this.#ports = ports
    this.#secrets = new EdgeSecrets(runId)
  }

  /** Nothing is being done for it. */
  get isIdle(): boolean {
    return this.#lanes.size === 0 && this.#waiting.length === 0 && this.#reporting === null
  }

  /** Takes in a frame of the Run; resolves when all that follows from it is done and reported. */
  async take(frame: RunFrame): Promise<void> {
    if (this.#isOver) return
    if (frame.context !== undefined) this.#open(frame.context)
    for (const id of frame.stale ?? []) this.#drop(id)
    if (frame.stop !== undefined) this.#stop(frame.stop)
    for (const { plan, begun } of frame.plans ?? []) if (begun !== undefined) this.#begun.set(plan, begun)
    const started = (frame.plans ?? []).flatMap(plan => this.#start(plan))
    if (frame.end !== undefined) this.#end()
    await Promise.all([...started, this.#flush()])
  }

  #open(context: NonNullable<RunFrame['context']>): void {
    const before = this.#world
    const isSame = before?.context.attempt === context.attempt
    if (before !== undefined && context.attempt < before.context.attempt) return
    // Sent again it tells nothing new, and knows less than what has been done since.
    if (isSame && (context.rev ?? 0) <= (before.context.rev ?? 0)) return
    const scope = isSame ? before.scope : undefined
    this.#world = { ...openWorld(context, this.#secrets), ...(scope === undefined ? {} : { scope }) }
    this.#watchDeadline(context.timeoutMs)
    // Numbers grow over attempts, and over what was forgotten: none is used twice.
    this.#seq = Math.max(this.#seq, this.#ports.now())
  }

  /** The DAG's time limit ends its steps, never its handlers. */
  #watchDeadline(timeoutMs: number | undefined): void {
    clearTimeout(this.#deadline)
    this.#deadline = null
    if (timeoutMs === undefined) return
    const isOfSteps = ({ plan }: Lane) =>
      plan.items.every(item => item.kind !== 'step' || !this.#world?.graph.handlers.has(item.step))
    const end = () => {
      for (const lane of this.#lanes.values()) if (isOfSteps(lane)) lane.ending.interrupt({ kind: 'run_timeout' })
    }
    this.#deadline = setTimeout(end, Math.min(timeoutMs, 2 ** 31 - 1))
  }

  #start(plan: Plan): Promise<void>[] {
    if (this.#lanes.has(plan.plan) || this.#past.has(plan.plan)) return []
    const lane: Lane = { plan, ending: new EdgeInterruption() }
    this.#lanes.set(plan.plan, lane)
    return [this.#run(lane)]
  }

  async #run(lane: Lane): Promise<void> {
    let end: { reason: PlanEnd; error?: string }
    try {
      end = { reason: await this.#items(lane) }
    } catch (error) {
      end = { reason: 'lost', error: `fault of the edge: ${(error as Error).message}` }
    }
    const { plan, fence } = lane.plan
    this.#lanes.delete(plan)
    this.#past.add(plan)
    if (!isStale(lane)) this.#waiting.push({ type: 'plan_ended', plan, fence, at: this.#ports.now(), ...end })
    this.#settleStops(plan)
    await this.#flush()
  }

  async #items(lane: Lane): Promise<PlanEnd> {
    const { plan, ending } = lane
    // Somebody began it and has forgotten it: the Run knows which of its steps were started, and those are lost.
    if (plan.begun !== undefined) return 'unprepared'
    for (const [index, item] of plan.items.entries()) {
      const world = this.#world
      const isMail = item.kind === 'step' && item.mail !== undefined
      if (world === undefined || (world.scope === undefined && item.kind !== 'prepare' && !isMail)) return 'unprepared'
      if (ending.cause !== undefined) return reasonOf(ending.cause)
      if (item.kind === 'prepare') {
        const prepared = await prepareWorld(world, plan, this.#ports.now(), this.#ports)
        this.#waiting.push(prepared.event)
        if (!prepared.goesOn) return 'step'
        continue
      }
      const ended = await runEdgeStep(world, plan, item, ending, {
        ...this.#ports,
        tell: event => this.#tell(lane, event),
      })
      if (lane.isOfAnother) return 'unprepared'
      const isBegun = ended.events.length > 0
      if (isStale(lane) || !isBegun) return ending.cause === undefined ? 'stopped' : reasonOf(ending.cause)
      this.#waiting.push(...ended.events)
      if (ending.cause !== undefined) return reasonOf(ending.cause)
      this.#unacked += 1
      if (ended.finished?.outcome !== 'succeeded') return 'step'
      // After these the Run decides what comes next, even after a success.
      const step = nodeOf(world.graph, item.step)
      const isOpen = step?.repeatPolicy !== undefined || step?.approval !== undefined
      if (isOpen && index + 1 < plan.items.length) return 'step'
      if (this.#unacked >= MAX_UNACKED_RESULTS) await this.#flush()
    }
    return 'completed'
  }

  /**
   * Resolves when the Run has written the event down; false: the lane was ended meanwhile, or another instance began the step
   * before: a frame from then came late, and the Run says who began it.
   */
  async #tell(lane: Lane, event: StartedEvent): Promise<boolean> {
    this.#waiting.push({ ...event, by: this.#self })
    await this.#flush()
    // Another lane may have taken it along, in a report that is on its way.
    await this.#reporting
    lane.isOfAnother = this.#begun.get(lane.plan.plan) !== this.#self
    return lane.ending.cause === undefined && !this.#isOver && !lane.isOfAnother
  }

  #drop(plan: string): void {
    this.#lanes.get(plan)?.ending.interrupt({ kind: 'stale' })
    this.#past.add(plan)
  }

  #stop(stop: StopOrder): void {
    const reach = [...this.#lanes.keys()].filter(plan => stop.plans === undefined || stop.plans.includes(plan))
    for (const plan of reach) this.#lanes.get(plan)!.ending.interrupt({ kind: 'stop', stop })
    this.#stops.set(stop.id, new Set(reach))
    this.#settleStops('')
  }

  /** Answers the stop orders that wait for nothing more. */
  #settleStops(plan: string): void {
    for (const [stop, waiting] of this.#stops) {
      waiting.delete(plan)
      if (waiting.size > 0) continue
      this.#stops.delete(stop)
      this.#waiting.push({ type: 'stopped', at: this.#ports.now(), stop })
    }
  }

  #end(): void {
    for (const plan of this.#lanes.keys()) this.#drop(plan)
    this.#waiting.length = 0
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#ports.ended()
  }

  /** One report is in flight; what happens meanwhile travels in the next one. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isOver) {
      this.#reporting ??= this.#report(this.#nextReport()).finally(() => {
        this.#reporting = null
      })
      await this.#reporting
    }
  }

  /** As many events as fit into a frame, and one at least. */
  #nextReport(): AgentEvent[] {
    let bytes = 0
    const count = this.#waiting.findIndex(event => {
      bytes += JSON.stringify(event).length
      return bytes > MAX_FRAME_BYTES
    })
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : Math.max(1, count))
  }

  async #report(events: AgentEvent[]): Promise<void> {
    this.#seq = Math.max(this.#seq + 1, this.#ports.now())
    const report: Report = { type: 'report', runId: this.#runId, seq: this.#seq, events }
    for (let tried = 1; ; tried++) {
      try {
        const frame = await this.#ports.report(report)
        this.#unacked = 0
        // A higher number than ours is of before this memory, by a clock that was set back since: the report was not read. It goes again.
        if ((frame.ack ?? 0) > this.#seq) {
          this.#seq = frame.ack!
          this.#waiting.unshift(...events)
        }
        this.#ports.background(this.take(frame))
        return
      } catch (error) {
        if (tried === TRIES) {
          this.#giveUp()
          throw error
        }
        await this.#ports.pause(PAUSE_MS * tried)
      }
    }
  }

  /** What could not be told is forgotten: the Run sends its plans again. */
  #giveUp(): void {
    if (!this.#isOver) this.#end()
  }
}
