// Deleting runs of a Dag. Promise: a run that was marked is gone for everybody at once, and each part of it follows in an order in
// which whoever is killed can go on: runs that it called, then word to its hosts, then its blobs and rows, then the mark.
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { DagStore } from './store.ts'

/** Runs that are deleted together. */
const BATCH = 20
/** Batches in one go; then the alarm goes on, so that other things get their turn. */
const MAX_BATCHES = 10
/** Runs call runs, but not for ever. */
const MAX_DEPTH = 50

export class DagDeletion {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #changed: () => void
  #working: Promise<void> | null = null

  constructor(host: ObjectHost<Kinds>, store: DagStore, changed: () => void) {
    this.#host = host
    this.#store = store
    this.#changed = changed
  }

  /** Something is marked. */
  get isDue(): boolean {
    return this.#store.hasToDelete
  }

  /** In one commit: these finished runs are no longer there. */
  mark(runIds: readonly string[]): void {
    if (runIds.length === 0) return
    this.#store.markDeleting(runIds)
    this.#changed()
  }

  /** Deletes what is marked, a part of it where it is much. Throws where a part could not be deleted: the alarm tries again. */
  work(): Promise<void> {
    this.#working ??= this.#workOff().finally(() => {
      this.#working = null
    })
    return this.#working
  }

  async #workOff(): Promise<void> {
    let isLast = false
    for (let i = 0; i < MAX_BATCHES && !isLast; i++) {
      const runIds = this.#store.deleting(BATCH)
      if (runIds.length === 0) break
      isLast = runIds.length < BATCH
      await this.#deleteRuns(runIds, 0)
      this.#store.deleted(runIds)
    }
    if (isLast && !this.isDue) this.#store.pruneTexts()
  }

  async #deleteRuns(runIds: readonly string[], depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw new Error(`runs call each other more than ${MAX_DEPTH} deep`)
    const called = (await Promise.all(runIds.map(runId => this.#run(runId).called(runId)))).flat()
    for (let i = 0; i < called.length; i += BATCH) await this.#deleteRuns(called.slice(i, i + BATCH), depth + 1)
    await this.#tellHosts(runIds)
    await Promise.all(runIds.map(runId => this.#run(runId).forget(runId)))
  }

  async #tellHosts(runIds: readonly string[]): Promise<void> {
    const hosts = new Map<string, string[]>()
    const ask = async (runId: string): Promise<void> => {
      for (const runnerId of await this.#run(runId).hosts(runId))
        hosts.set(runnerId, [...(hosts.get(runnerId) ?? []), runId])
    }
    await Promise.all(runIds.map(ask))
    // Nothing is kept at the edge.
    hosts.delete(EDGE_RUNNER)
    await Promise.all([...hosts].map(([runnerId, ids]) => this.#host.object('runner', runnerId).forget(ids)))
  }

  #run(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}
