// What is read of a run, wherever it is: in memory, in rows, or in its pack. Promise: a run that is brought back or packed anew
// meanwhile reads as before; null always means that the run is unknown.
import type { DAGRunDetails, DAGRunOutputs } from '@edgedag/core/api/generated/answers'
import { newsOf } from '@edgedag/core/run/children/child-news'
import type { ChildNews } from '@edgedag/core/run/children/child-types'
import { childRunIds, type SubRun, subRuns } from '@edgedag/core/run/children/sub-runs'
import { runDetails } from '@edgedag/core/run/details'
import { logLines } from '@edgedag/core/run/event-log'
import { type ImportPlan, importedSteps, planImports } from '@edgedag/core/run/imports'
import { runOutputs } from '@edgedag/core/run/outputs'
import type { ImportedStep } from '@edgedag/core/run/step-record'
import type { Dag } from '@edgedag/core/spec/dag'
import type { LogSearch, RunApi, RunArtifacts, RunSummary, StepLogIndex } from '../contracts.ts'
import { artifactsOf } from './artifacts.ts'
import { type LoadedRun, loadedRun, summaryOf } from './loaded.ts'
import type { RunMemory } from './memory.ts'
import type { PackedRun, RunPacks } from './packs.ts'
import { quarantineText, type RunQuarantine } from './quarantine.ts'
import { searchLogs } from './search.ts'
import type { RunStore } from './store.ts'
import { logIndexOf } from './views.ts'

/** Where runs are. */
export interface ReadSources {
  runs: RunMemory
  store: RunStore
  packs: RunPacks
  quarantine: RunQuarantine
}

export class RunReads {
  readonly #runs: RunMemory
  readonly #store: RunStore
  readonly #packs: RunPacks
  readonly #quarantine: RunQuarantine

  constructor({ runs, store, packs, quarantine }: ReadSources) {
    this.#runs = runs
    this.#store = store
    this.#packs = packs
    this.#quarantine = quarantine
  }

  summary(runId: string): Promise<RunSummary | null> {
    const held = this.#quarantine.of(runId)
    const mark = held === null ? {} : { quarantined: true, reason: quarantineText(held) }
    return this.#read(
      runId,
      run => ({ ...summaryOf(run), ...mark }),
      packed => summaryOf(loadedRun(packed)),
    )
  }

  planImports(runId: string, request: Parameters<RunApi['planImports']>[1]): Promise<ImportPlan | null> {
    const plan = ({ state, dag }: Pick<PackedRun, 'state' | 'dag'>): ImportPlan =>
      planImports(state, dag, JSON.parse(request.dagJson) as Dag, new Set(request.wanted))
    return this.#read(runId, plan, plan)
  }

  importedSteps(runId: string, steps: string[]): Promise<ImportedStep[] | null> {
    const take = ({ state }: Pick<PackedRun, 'state'>): ImportedStep[] => importedSteps(state, steps)
    return this.#read(runId, take, take)
  }

  news(runId: string): Promise<ChildNews | null> {
    const word = ({ state, dag }: Pick<LoadedRun, 'state' | 'dag'>) => newsOf(state, dag)
    return this.#read(runId, word, word)
  }

  specHash(runId: string): Promise<string | null> {
    const hash = ({ state }: Pick<LoadedRun, 'state'>) => state.head.spec.specHash ?? null
    return this.#read(runId, hash, hash)
  }

  children(runId: string): Promise<SubRun[] | null> {
    const list = ({ state }: Pick<LoadedRun, 'state'>) => subRuns(state)
    return this.#read(runId, list, list)
  }

  details(runId: string): Promise<DAGRunDetails | null> {
    return this.#read(
      runId,
      run => ({ ...runDetails(run.state, run.dag), ...this.#quarantineOf(runId) }),
      packed => runDetails(packed.state, packed.dag),
    )
  }

  outputs(runId: string): Promise<DAGRunOutputs | null> {
    return this.#read(
      runId,
      run => runOutputs(run.state, run.dag),
      packed => runOutputs(packed.state, packed.dag),
    )
  }

  events(runId: string): Promise<string[] | null> {
    return this.#read(
      runId,
      run => this.#store.entries(run.runId).flatMap(logLines),
      async packed => (await this.#packs.entries(packed)).flatMap(logLines),
    )
  }

  artifacts(runId: string): Promise<RunArtifacts | null> {
    return this.#read(runId, artifactsOf, artifactsOf)
  }

  stepLog(runId: string, step: string, stream: 'stdout' | 'stderr', attempt?: number): Promise<StepLogIndex | null> {
    const of = { step, stream, attempt }
    return this.#read(
      runId,
      run => logIndexOf(run.state, run.dag, of, key => this.#store.logText(runId, key)),
      packed => logIndexOf(packed.state, packed.dag, of, key => this.#packs.logText(packed, key)),
    )
  }

  searchLogs(runId: string, request: Parameters<RunApi['searchLogs']>[1]): Promise<LogSearch | null> {
    return this.#read(
      runId,
      run => searchLogs(run.state, request, key => this.#store.logText(runId, key)),
      packed => searchLogs(packed.state, request, key => this.#packs.logText(packed, key)),
    )
  }

  async called(runId: string): Promise<string[]> {
    const ids = ({ state }: Pick<LoadedRun, 'state'>) => childRunIds(state)
    return (await this.#read(runId, ids, ids)) ?? []
  }

  #quarantineOf(runId: string): Pick<DAGRunDetails, 'quarantined' | 'reason'> {
    const held = this.#quarantine.of(runId)
    return held === null ? {} : { quarantined: held, reason: quarantineText(held) }
  }

  /** What somebody wants to know of a run that lives or is over. */
  look<T>(runId: string, look: (run: Pick<LoadedRun, 'state' | 'dag'>) => T): Promise<T | null> {
    return this.#read(runId, look, look)
  }

  /** Reads a run where it is: in memory, in rows, or in its pack. */
  async #read<T>(
    runId: string,
    live: (run: LoadedRun) => T | Promise<T>,
    packed: (run: PackedRun) => T | Promise<T>,
  ): Promise<T | null> {
    for (let isAgain = false; ; isAgain = true) {
      const run = this.#runs.load(runId)
      if (run !== null) return await live(run)
      try {
        const found = await this.#packs.read(runId)
        if (found !== null) return await packed(found)
      } catch (error) {
        if (isAgain) throw error
      }
      // It may have been brought back or packed anew while its pack was read.
      if (isAgain) return null
    }
  }
}
