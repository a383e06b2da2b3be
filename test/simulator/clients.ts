// Clients of the API: they start, stop and retry runs, and ask again while they get no answer. Promise: what was answered with a
// success is remembered as accepted.
import type { RunSummary } from '@edgedag/worker/objects/contracts'
import { runObjectName } from '@edgedag/worker/objects/names'
import type { TrueRun, Truth } from './check/truth.ts'
import { decisionOf } from './schedule/decisions.ts'
import type { RunPlan, WorldPlan } from './schedule/world-plan.ts'
import type { Outcome } from './sim/actor.ts'
import type { ControlPlane } from './sim/control-plane.ts'
import type { Violation } from './world.ts'

type Answer = { ok: true } | { ok: false; error: { code: string; message: string } }

export interface Client {
  plan: RunPlan
  accepted: boolean
  /** Nothing more will be asked for by this client. */
  done: boolean
  /** And its run has ended: it stays so. */
  over: boolean
  stopped: boolean
  tries: number
  /** Decisions that were taken, by step. */
  decisions: Map<string, number>
  retried: boolean
}

const AGAIN_MS = 400
const LOOK_MS = 700
const DECIDE_MS = 3_000

export class Clients {
  readonly #plane: ControlPlane
  readonly #truth: Truth
  readonly #plan: WorldPlan
  readonly dagIds: string[] = []
  readonly all: Client[]

  constructor(plane: ControlPlane, truth: Truth, plan: WorldPlan) {
    this.#plane = plane
    this.#truth = truth
    this.#plan = plan
    this.all = plan.runs.map(run => ({
      plan: run,
      accepted: false,
      done: false,
      over: false,
      stopped: false,
      tries: 0,
      decisions: new Map(),
      retried: false,
    }))
  }

  begin(): void {
    for (const client of this.all) this.#plane.loop.after(client.plan.at, () => this.#start(client))
  }

  /** Every accepted run has ended and nobody wants more. */
  get isOver(): boolean {
    return this.all.every(client => {
      client.over ||= client.done && this.phase(client.plan) === 'done'
      return client.over
    })
  }

  *unfinished(): Generator<Violation> {
    for (const { plan, done } of this.all) {
      const phase = this.phase(plan)
      if (!done || phase !== 'done')
        yield {
          runId: plan.runId,
          text: `the run has not ended within 30 min: ${phase}, client ${done ? 'done' : 'waits'}; ${JSON.stringify(this.line(plan))}`,
        }
    }
  }

  /** As the Dag's durable row has it; null: no row. */
  phase(plan: RunPlan): string | null {
    return this.#row(plan)?.phase ?? null
  }

  line(plan: RunPlan): RunSummary | null {
    const row = this.#row(plan)
    return row === undefined ? null : (JSON.parse(row.summary) as RunSummary)
  }

  #row(plan: RunPlan): { phase: string; summary: string } | undefined {
    const object = this.#plane.object('dag', this.dagIds[plan.dag]!)
    return object.sql.read<{ phase: string; summary: string }>(
      'SELECT phase, summary FROM run WHERE run_id = ?',
      plan.runId,
    )[0]
  }

  #start(client: Client): void {
    const { runId, dag, mode } = client.plan
    const request = { runId, mode, trigger: 'manual', by: 'client' }
    this.#plane.call({ kind: 'dag', name: this.dagIds[dag]!, method: 'start', args: [request] }, outcome => {
      const answer = answerOf(outcome)
      if (answer === null) return this.#after(AGAIN_MS, () => this.#start(client))
      if (!answer.ok && answer.error.code !== 'already_exists')
        this.#truth.violate(runId, `a legal start was refused: ${answer.error.message}`)
      client.accepted = true
      if (this.#truth.runs.get(runId)!.dag.steps.some(step => step.approval !== undefined)) this.#look(client)
      if (client.plan.stopAfter !== undefined) this.#after(client.plan.stopAfter, () => this.#stop(client))
      else this.#next(client)
    })
  }

  #stop(client: Client): void {
    const { runId, abandon = false } = client.plan
    if (this.phase(client.plan) === 'done') return this.#next(client)
    const run = runObjectName(runId, this.#plan.runPool)
    if (abandon) this.#abandon(this.#truth.runs.get(runId)!)
    this.#plane.call({ kind: 'run', name: run, method: 'stop', args: [runId, { by: 'client', abandon }] }, outcome => {
      const answer = answerOf(outcome)
      if (answer === null || !answer.ok)
        return this.#after(AGAIN_MS * Math.min(++client.tries, 10), () => this.#stop(client))
      client.stopped = true
      this.#next(client)
    })
  }

  #abandon(run: TrueRun): void {
    run.isAbandoned = true
    for (const child of run.children) this.#abandon(child.run)
  }

  /** Somebody looks now and then, and decides about what waits. */
  #look(client: Client): void {
    if (client.over) return
    this.#after(DECIDE_MS, () => this.#look(client))
    if (this.phase(client.plan) !== 'waiting') return
    const { runId } = client.plan
    for (const step of this.#truth.runs.get(runId)!.dag.steps)
      if (step.approval !== undefined) this.#decide(client, step.name)
  }

  #decide(client: Client, step: string): void {
    const { runId, scriptSeed } = client.plan
    const n = client.decisions.get(step) ?? 0
    const run = runObjectName(runId, this.#plan.runPool)
    const args = [runId, { by: 'client', step, decision: decisionOf(scriptSeed, step, n) }]
    this.#plane.call({ kind: 'run', name: run, method: 'decide', args }, outcome => {
      if (answerOf(outcome)?.ok) client.decisions.set(step, n + 1)
    })
  }

  #next(client: Client): void {
    if (client.plan.retryAfter === undefined) {
      client.done = true
      return
    }
    if (this.phase(client.plan) !== 'done') return this.#after(LOOK_MS, () => this.#next(client))
    this.#after(client.plan.retryAfter, () => this.#retry(client))
  }

  #retry(client: Client): void {
    const { runId, dag, retryStep } = client.plan
    const request = { by: 'client', ...(retryStep === undefined ? {} : { step: retryStep }) }
    this.#plane.call({ kind: 'dag', name: this.dagIds[dag]!, method: 'retry', args: [runId, request] }, outcome => {
      const answer = answerOf(outcome)
      // An answer that was lost may have been a yes: a refusal of the second try is as good.
      if (answer === null) return this.#after(AGAIN_MS, () => this.#retry(client))
      client.retried ||= answer.ok
      this.#truth.runs.get(runId)!.isRetried ||= answer.ok
      client.done = true
    })
  }

  #after(ms: number, work: () => void): void {
    this.#plane.loop.after(ms, work)
  }
}

const answerOf = (outcome: Outcome): Answer | null => (outcome.ok ? (outcome.value as Answer) : null)
