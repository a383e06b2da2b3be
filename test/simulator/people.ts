// People who look now and then at what waits for them, and decide about it: in runs that were started, and in those that they call.
import { runObjectName } from '@edgedag/worker/objects/names'
import type { TrueRun, Truth } from './check/truth.ts'
import { decisionOf } from './schedule/decisions.ts'
import type { ControlPlane } from './sim/control-plane.ts'

const LOOK_MS = 3_000

export class People {
  readonly #plane: ControlPlane
  readonly #truth: Truth
  readonly #runPool: number
  readonly #isOver: () => boolean
  /** Decisions that were taken, by run and step. */
  readonly #decisions = new Map<string, number>()
  /** Runs that they have looked at; false: for the last time. */
  readonly #looked = new Map<string, boolean>()

  constructor(plane: ControlPlane, truth: Truth, runPool: number, isOver: () => boolean) {
    this.#plane = plane
    this.#truth = truth
    this.#runPool = runPool
    this.#isOver = isOver
  }

  begin(): void {
    this.#plane.loop.after(LOOK_MS, () => this.#look())
  }

  #look(): void {
    if (this.#isOver()) return
    for (const run of this.#truth.runs.values()) {
      const steps = run.dag.steps.filter(step => step.approval !== undefined)
      if (steps.length === 0 || !this.#isWorthALook(run)) continue
      for (const { name } of steps) this.#decide(run, name)
    }
    this.begin()
  }

  /** While it is open, and once after: who has its page still open decides too late. */
  #isWorthALook(run: TrueRun): boolean {
    const isOpen = this.#isOpen(run)
    const before = this.#looked.get(run.runId) ?? false
    if (isOpen || before) this.#looked.set(run.runId, isOpen)
    return isOpen || before
  }

  /** There are rows of it: it has begun, and is not packed. */
  #isOpen({ runId }: TrueRun): boolean {
    const object = this.#plane.objects.get(`run/${runObjectName(runId, this.#runPool)}`)
    if (object === undefined) return false
    const has = (table: string): boolean =>
      object.sql.read(`SELECT 1 AS one FROM ${table} WHERE run_id = ? LIMIT 1`, runId).length > 0
    return !has('stone') && has('journal')
  }

  /** A step that does not wait refuses. */
  #decide({ runId, scriptSeed }: TrueRun, step: string): void {
    const key = `${runId}/${step}`
    const n = this.#decisions.get(key) ?? 0
    const name = runObjectName(runId, this.#runPool)
    const args = [runId, { by: 'person', step, decision: decisionOf(scriptSeed, step, n) }]
    this.#plane.call({ kind: 'run', name, method: 'decide', args }, outcome => {
      if (outcome.ok && (outcome.value as { ok: boolean }).ok) this.#decisions.set(key, n + 1)
    })
  }
}
