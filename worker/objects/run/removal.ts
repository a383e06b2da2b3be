// Deleting a run's part of storage. Promise: each call may be repeated after a crash at any point; what it had is found by its state
// while that is there, and by the names of its blobs where something was put that no state knows of.
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import type { Blobs, ObjectHost } from '../../host/port.ts'
import { blobPrefixes } from '../../store/keys.ts'
import type { Kinds } from '../contracts.ts'
import type { LoadedRun } from './loaded.ts'
import type { RunMemory } from './memory.ts'
import { type RunPacks, UnreadableRun } from './packs.ts'

export class RunRemoval {
  readonly #host: ObjectHost<Kinds>
  readonly #runs: RunMemory
  readonly #packs: RunPacks

  constructor(host: ObjectHost<Kinds>, runs: RunMemory, packs: RunPacks) {
    this.#host = host
    this.#runs = runs
    this.#packs = packs
  }

  /** Runners whose hosts may have files of it; none for an unknown run. */
  async hosts(runId: string): Promise<string[]> {
    const state = (await this.#read(runId))?.state
    if (state === undefined) return []
    const { runners, runnerId } = state.head
    return [...new Set([...runners.map(({ id }) => id), ...(runnerId === null ? [] : [runnerId])])]
  }

  async forget(runId: string): Promise<void> {
    const run = await this.#read(runId)
    if (run === null || mayHaveBlobs(run.state, run.dag)) {
      for (const prefix of blobPrefixes(runId)) await deleteAll(this.#host.blobs, prefix)
    }
    this.#runs.forget(runId)
    await this.#packs.remove(runId)
  }

  /** A run that cannot be understood is deleted all the same. Throws where storage does not answer: then it is asked again. */
  async #read(runId: string): Promise<{ state: RunState; dag: Dag } | null> {
    try {
      return this.#load(runId) ?? (await this.#packs.read(runId))
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error
      console.error(`run ${runId} cannot be read, and is deleted by its names`, error)
      return null
    }
  }

  #load(runId: string): LoadedRun | null {
    try {
      return this.#runs.load(runId)
    } catch (cause) {
      throw new UnreadableRun(`the rows of run ${runId} cannot be understood`, { cause })
    }
  }
}

async function deleteAll(blobs: Blobs, prefix: string): Promise<void> {
  for (let keys = await blobs.list(prefix); keys.length > 0; keys = await blobs.list(prefix, keys.at(-1))) {
    await blobs.delete(keys)
  }
}

/** False spares the lists of a run all of whose logs are known to have travelled inline. */
function mayHaveBlobs({ head, logs, steps }: RunState, dag: Dag): boolean {
  if (head.spec.webhook?.blob !== undefined || dag.artifacts?.enabled === true || head.runners.length > 1) return true
  return (
    [...logs.values()].some(log => log.text === undefined) ||
    [...steps.values()].some(step => step.lost === true || step.maybe === true)
  )
}
