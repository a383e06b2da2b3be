// Starts of a DAG. Promise: a run that is accepted is durable, with what it runs pinned, in the same commit; a scheduled start is
// accepted in the turn, and with it the commit, in which its due time is marked as served.
import { err, ok, type Result } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'
import type { DagRecord, Kinds, StartRequest } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import { acceptRun, firstSummary, mainInstanceOf, type Refusal } from './accept.ts'
import { type Former, formerRun } from './again.ts'
import { problemText } from './definition.ts'
import type { PinnedParts } from './pinned.ts'
import type { DagRuns } from './runs.ts'
import type { DagNow } from './schedule/now.ts'
import type { ComingStart } from './schedule/scheduler.ts'
import { profileOf } from './settings.ts'
import { type DagStore, hasBegun, type RunRow } from './store.ts'
import type { DagTexts } from './texts.ts'

export class DagStarts {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #texts: DagTexts
  readonly #now: DagNow
  readonly #runs: DagRuns
  readonly #accepted: () => void
  /** Definitions as they are pinned. */
  readonly #pins = new WeakMap<Dag, { json: string; dagHash: string }>()

  /** `accepted`: a run was; the history may have one too many now. */
  constructor(host: ObjectHost<Kinds>, { store, texts, now, runs }: PinnedParts, accepted: () => void) {
    this.#host = host
    this.#store = store
    this.#texts = texts
    this.#now = now
    this.#runs = runs
    this.#accepted = accepted
  }

  async start(asked: StartRequest): Promise<Result<{ runId: string; queued: boolean }, Refusal>> {
    const { again } = asked
    const former = again === undefined ? null : formerRun(this.#store, this.#runs.row(again.runId), again.runId)
    if (former?.ok === false) return former
    const request: StartRequest = { ...former?.value.inherited, ...asked }
    const isScheduled = request.scheduleTime !== undefined
    if (!isScheduled) await this.#texts.refresh(request.spec ?? this.#now.record?.spec ?? '')
    const { record } = this.#now
    if (record === null) return err({ code: 'not_found', message: 'the DAG does not exist' })
    const definition = this.#definitionFor(request, record, former?.value ?? null)
    if (definition.dag === null)
      return err({ code: 'bad_request', message: definition.problems.map(problemText).join('\n') })
    const dag: Dag = request.dagName === undefined ? definition.dag : { ...definition.dag, name: request.dagName }
    const refused = this.#refusal(request, dag.name)
    if (refused !== null) return err(refused)
    const accepted = this.#accept(request, record, { dag, hash: definition.hash })
    if (!accepted.ok) return accepted
    this.#accepted()
    return ok({ runId: accepted.value.runId, queued: accepted.value.phase === 'queued' })
  }

  /** A start of this definition is near: what does not depend on the start is worked out now, and the object of its run gets ready. */
  prepare(dag: Dag, start: ComingStart | null): void {
    const { json: dagJson, dagHash } = this.#pinOf(dag)
    const { runPool } = this.#host.settings
    // An object of its own would be made for a run that may never be.
    if (start === null || runPool === 0) return
    const run = this.#host.object('run', runObjectName(start.runId, runPool))
    const ready = run.ready({ dagHash, dagJson, at: start.at })
    // It is created none the less, and takes longer.
    this.#host.background(ready.catch(error => console.error(`run ${start.runId} could not get ready`, error)))
  }

  #pinOf(dag: Dag): { json: string; dagHash: string } {
    const known = this.#pins.get(dag)
    if (known !== undefined) return known
    const json = JSON.stringify(dag)
    const pin = { json, dagHash: sha256Hex(json) }
    this.#pins.set(dag, pin)
    return pin
  }

  #definitionFor(request: StartRequest, record: DagRecord, former: Former | null): Former['definition'] {
    const { again, spec, dagName, files } = request
    if (former !== null && again?.current !== true && spec === undefined) return former.definition
    return spec === undefined ? this.#texts.current(record) : this.#texts.read(spec, dagName ?? record.fileName, files)
  }

  #refusal({ mode, singleton, runId }: StartRequest, dagName: string): Refusal | null {
    const isBusy = () => this.#runs.open.some(row => mode === 'enqueue' || hasBegun(row))
    if (singleton && isBusy())
      return { code: 'already_exists', message: `DAG ${dagName} is already running (singleton mode)` }
    if (runId !== undefined && this.#runs.row(runId) !== null)
      return { code: 'already_exists', message: `dag-run ID ${runId} already exists for DAG ${dagName}` }
    if (runId !== undefined && this.#store.isDeleting(runId))
      return { code: 'already_exists', message: `dag-run ID ${runId} is being deleted; use another id` }
    return null
  }

  /** Writes the run with what it runs. */
  #accept(
    request: StartRequest,
    record: DagRecord,
    { dag, hash }: { dag: Dag; hash: string },
  ): Result<RunRow, Refusal> {
    const { json, dagHash } = this.#pinOf(dag)
    const { profile: named, ...rest } = request
    const spec = acceptRun(
      { ...rest, ...profileOf(this.#host, named, this.#texts.profileDefaults(request.spec ?? record.spec)) },
      {
        dagId: this.#host.name,
        fileName: record.fileName,
        dag,
        dagHash,
        source: request.source ?? record.source,
        mainInstance: mainInstanceOf(this.#host.settings),
        executionMode: this.#host.settings.executionMode,
        now: this.#host.now(),
        newId: length => this.#host.randomHex(length),
      },
    )
    if (!spec.ok) return spec
    if (request.spec !== undefined) this.#store.addSpec(hash, request.spec, this.#host.now())
    this.#store.pin(dagHash, json, hash)
    const row = this.#runs.accept(
      { spec: spec.value, summary: firstSummary(spec.value, dag) },
      {
        mode: request.mode,
        queue: request.queue ?? dag.queue ?? null,
        priority: request.priority ?? dag.priority ?? 'low',
        suspended: record.suspended,
      },
    )
    return ok(row)
  }
}
