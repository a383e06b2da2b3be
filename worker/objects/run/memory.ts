// The runs of a Run object that are in memory, loaded from their rows when they are first needed.
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import { uploadKeyOf } from '../../store/hash.ts'
import { type LoadedRun, loadedRun } from './loaded.ts'
import type { RunStore } from './store.ts'

/** Definitions that are kept for runs to come. */
const MAX_DAGS = 20

export class RunMemory {
  readonly #store: RunStore
  readonly #signingKey: string
  readonly #runs = new Map<string, LoadedRun>()
  readonly #dags = new Map<string, Dag>()
  #allLoaded = false

  constructor(store: RunStore, signingKey: string) {
    this.#store = store
    this.#signingKey = signingKey
  }

  /** What is in memory; after `loadAll` every run that is not packed. */
  get all(): LoadedRun[] {
    return [...this.#runs.values()]
  }

  /** Null: there are no rows of this run. */
  load(runId: string): LoadedRun | null {
    const known = this.#runs.get(runId)
    if (known !== undefined) return known
    const state = this.#store.load(runId)
    if (state === undefined) return null
    const json = this.#store.pinned(state.head.spec.dagHash)
    if (json === null) throw new Error(`the pinned definition of run ${runId} is gone`)
    return this.remember(runId, state, this.dag(state.head.spec.dagHash, json))
  }

  loadAll(): void {
    if (this.#allLoaded) return
    for (const runId of this.#store.runIds()) {
      try {
        this.load(runId)
      } catch (error) {
        console.error(`run ${runId} cannot be read and is left as it is`, error)
      }
    }
    this.#allLoaded = true
  }

  remember(runId: string, state: RunState, dag: Dag, uploadKey = this.uploadKey(runId)): LoadedRun {
    const run = loadedRun({ state, dag }, uploadKey)
    this.#runs.set(runId, run)
    return run
  }

  forget(runId: string): void {
    this.#runs.delete(runId)
  }

  uploadKey(runId: string): string {
    return uploadKeyOf(this.#signingKey, runId)
  }

  /** The same object for the same hash: the engine keeps its indexes by it. */
  dag(hash: string, json: string): Dag {
    let dag = this.#dags.get(hash)
    if (dag === undefined) {
      dag = JSON.parse(json) as Dag
      if (this.#dags.size >= MAX_DAGS) this.#dags.delete(this.#dags.keys().next().value!)
      this.#dags.set(hash, dag)
    }
    return dag
  }
}
