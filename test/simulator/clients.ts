// Clients of the API: they start, stop and retry runs, and ask again while they get no answer. Promise: what was answered with a
// success is remembered as accepted.
import type { RunSummary } from '@edgedag/worker/objects/contracts'
import { runObjectName } from '@edgedag/worker/objects/names'
import type { TrueRun, Truth } from './check/truth.ts'
import { PROFILE } from './schedule/profile-changes.ts'
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
  retried: boolean
  /** It was deleted for good. */
  deleted: boolean
  /** When its start was first asked for, and answered. */
  start: { asked: number; confirmed: number }
}

type Row = { phase: string; summary: string; duty: string | null }

const AGAIN_MS = 400
const LOOK_MS = 700
const CHILD_TRIES = 8

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
      retried: false,
      deleted: false,
      start: { asked: Number.POSITIVE_INFINITY, confirmed: Number.POSITIVE_INFINITY },
    }))
  }

  begin(): void {
    for (const client of this.all) this.#plane.loop.after(client.plan.at, () => this.#start(client))
  }

  /** Every accepted run has ended and nobody wants more. */
  get isOver(): boolean {
    return this.all.every(client => {
      client.over ||= client.done && (client.deleted || this.phase(client.plan) === 'done')
      return client.over
    })
  }

  *unfinished(): Generator<Violation> {
    for (const { plan, done, deleted } of this.all) {
      const phase = this.phase(plan)
      if (!done || (phase !== 'done' && !deleted))
        yield {
          runId: plan.runId,
          text: `the run has not ended within 30 min: ${phase}, client ${done ? 'done' : 'waits'}; ${JSON.stringify(this.line(plan))}`,
        }
    }
  }

  /** As the Dag's durable row has it; null: no row. */
  phase(plan: RunPlan): string | null {
    const row = this.#row(plan)
    if (row === undefined) return null
    return row.phase === 'done' && JSON.parse(row.duty ?? '{}').retryAt !== undefined ? 'to be retried' : row.phase
  }

  line(plan: RunPlan): RunSummary | null {
    const row = this.#row(plan)
    return row === undefined ? null : (JSON.parse(row.summary) as RunSummary)
  }

  #row(plan: RunPlan): Row | undefined {
    const object = this.#plane.object('dag', this.dagIds[plan.dag]!)
    return object.sql.read<Row>('SELECT phase, summary, duty FROM run WHERE run_id = ?', plan.runId)[0]
  }

  #start(client: Client): void {
    const { runId, dag, mode, value, hasProfile } = client.plan
    const profile = hasProfile ? { profile: PROFILE } : {}
    client.start.asked = Math.min(client.start.asked, this.#plane.loop.now)
    const request = { runId, mode, trigger: 'manual', by: 'client', params: `V=${value}`, ...profile }
    this.#plane.call({ kind: 'dag', name: this.dagIds[dag]!, method: 'start', args: [request] }, outcome => {
      const answer = answerOf(outcome)
      if (answer === null) return this.#after(AGAIN_MS, () => this.#start(client))
      if (!answer.ok && answer.error.code !== 'already_exists')
        this.#truth.violate(runId, `a legal start was refused: ${answer.error.message}`)
      client.accepted = true
      client.start.confirmed = this.#plane.loop.now
      const { retryChild } = client.plan
      if (retryChild !== undefined) this.#after(retryChild.after, () => this.#retryChild(client, CHILD_TRIES))
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

  #next(client: Client): void {
    if (client.plan.retryAfter === undefined) return this.#finish(client)
    if (this.phase(client.plan) !== 'done') return this.#after(LOOK_MS, () => this.#next(client))
    this.#after(client.plan.retryAfter, () => this.#retry(client))
  }

  #retry(client: Client): void {
    const { runId, dag, retryStep } = client.plan
    const child = this.#chosenChild(client)
    const scope = child ? { step: child.step, onward: true, child: { id: child.runId } } : {}
    const request = { by: 'client', ...(retryStep === undefined ? scope : { step: retryStep }) }
    this.#plane.call({ kind: 'dag', name: this.dagIds[dag]!, method: 'retry', args: [runId, request] }, outcome => {
      const answer = answerOf(outcome)
      // An answer that was lost may have been a yes: a refusal of the second try is as good.
      if (answer === null) return this.#after(AGAIN_MS, () => this.#retry(client))
      client.retried ||= answer.ok
      this.#truth.runs.get(runId)!.isRetried ||= answer.ok
      this.#finish(client)
    })
  }

  /** Nothing more is wanted of it; of some not even their history, once they are over. */
  #finish(client: Client): void {
    const { deleteAfter } = client.plan
    if (deleteAfter === undefined) client.done = true
    else if (this.phase(client.plan) !== 'done') this.#after(LOOK_MS, () => this.#finish(client))
    else this.#after(deleteAfter, () => this.#delete(client))
  }

  #delete(client: Client): void {
    const { runId, dag } = client.plan
    this.#plane.call({ kind: 'dag', name: this.dagIds[dag]!, method: 'removeRun', args: [runId] }, outcome => {
      const answer = answerOf(outcome)
      const isGone = answer !== null && (answer.ok || answer.error.code === 'not_found')
      // Without an answer it is asked again, and so it is of a run that goes on by itself.
      if (!isGone) return this.#after(AGAIN_MS, () => this.#delete(client))
      client.done = true
      client.deleted = true
      markDeleted(this.#truth.runs.get(runId)!)
    })
  }

  #chosenChild({ plan: { runId, retryChild } }: Client): { step: string; runId: string } | undefined {
    const { children } = this.#truth.runs.get(runId)!
    const child = retryChild && children[retryChild.number % children.length]
    return child && { step: child.called.step, runId: child.run.runId }
  }

  /** While the run goes on: refused until that child is over, and without effect once the run has ended. */
  #retryChild(client: Client, tries: number): void {
    const child = this.#chosenChild(client)
    if (child === undefined || tries === 0 || client.over || client.deleted) return
    const { runId } = client.plan
    const args = [runId, { by: 'client', child: { id: child.runId } }]
    const name = runObjectName(runId, this.#plan.runPool)
    this.#plane.call({ kind: 'run', name, method: 'retryChild', args }, outcome => {
      if (!answerOf(outcome)?.ok) this.#after(LOOK_MS, () => this.#retryChild(client, tries - 1))
    })
  }

  #after(ms: number, work: () => void): void {
    this.#plane.loop.after(ms, work)
  }
}

function markDeleted(run: TrueRun): void {
  run.isDeleted = true
  for (const child of run.children) markDeleted(child.run)
}

const answerOf = (outcome: Outcome): Answer | null => (outcome.ok ? (outcome.value as Answer) : null)
