// People who change DAGs and queues while runs go on. Promise: what was asked and confirmed when is known to the checks.
import type { ActTruth } from './check/acts.ts'
import { type Act, editedText } from './schedule/acts.ts'
import type { WorldPlan } from './schedule/world-plan.ts'
import { Asking, type IsYes } from './sim/ask.ts'
import type { ControlPlane } from './sim/control-plane.ts'

const isAnswer: IsYes = () => true

export class Keepers {
  readonly #plane: ControlPlane
  readonly #plan: WorldPlan
  readonly #truth: ActTruth
  readonly #dagIds: readonly string[]
  readonly #asking: Asking
  #open = 0
  /** Edits of one DAG come one after the other. */
  readonly #editing = new Map<number, Promise<void>>()

  constructor(plane: ControlPlane, plan: WorldPlan, truth: ActTruth, dagIds: readonly string[]) {
    this.#plane = plane
    this.#plan = plan
    this.#truth = truth
    this.#dagIds = dagIds
    this.#asking = new Asking(plane)
  }

  get isDone(): boolean {
    return this.#open === 0 && this.#asking.open === 0
  }

  begin(): void {
    for (const act of this.#plan.acts) {
      this.#open++
      this.#plane.loop.after(act.at, () => {
        this.#open--
        this.#do(act)
      })
    }
  }

  #do(act: Act): void {
    switch (act.kind) {
      case 'edit': {
        const before = this.#editing.get(act.dag) ?? Promise.resolve()
        this.#editing.set(
          act.dag,
          before.then(() => this.#edit(act.dag)),
        )
        return
      }
      case 'pause':
        return this.#pause(act.queue, act.ms)
      default:
        return this.#putFirst(act)
    }
  }

  #edit(dag: number): Promise<void> {
    return new Promise(resolve => {
      const { n, record } = this.#truth.edit(dag)
      const { fileName, spec } = this.#plan.dags[dag]!
      const dagId = this.#dagIds[dag]!
      const request = { dagId, fileName, spec: editedText(spec, n) }
      this.#asking.ask({ kind: 'dag', name: dagId, method: 'putSpec', args: [request] }, () => {
        record.confirmed = this.#plane.loop.now
        resolve()
      })
    })
  }

  #pause(queue: string, ms: number): void {
    const set = (paused: boolean, then: () => void): void =>
      this.#asking.ask({ kind: 'queue', name: queue, method: 'setPaused', args: [paused] }, then, isAnswer)
    const record = this.#truth.pause(queue)
    set(true, () => {
      record.confirmed = this.#plane.loop.now
      this.#open++
      this.#plane.loop.after(ms, () => {
        this.#open--
        record.until = this.#plane.loop.now
        set(false, () => {})
      })
    })
  }

  /** Refused where it does not wait. */
  #putFirst({ kind, queue, run }: Extract<Act, { run: number }>): void {
    const { runId } = this.#plan.runs[run]!
    const [method, how] = kind === 'first' ? (['move', { to: 'first' }] as const) : (['setPriority', 'high'] as const)
    const record = this.#truth.ahead(queue, runId)
    let isPut = false
    const heard: IsYes = value => {
      isPut = value === 'ok'
      return true
    }
    const then = (): void => {
      if (isPut) record.confirmed = this.#plane.loop.now
    }
    this.#asking.ask({ kind: 'queue', name: queue, method, args: [runId, how] }, then, heard)
  }
}
