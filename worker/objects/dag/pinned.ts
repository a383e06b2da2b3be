// What runs are made of, as others ask for it: the present definition, those that runs have pinned, and their texts.
import { err, ok } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import type { DagApi, Kinds } from '../contracts.ts'
import { problemText } from './definition.ts'
import type { DagRuns } from './runs.ts'
import type { DagNow } from './schedule/now.ts'
import type { DagStore } from './store.ts'
import type { DagTexts } from './texts.ts'

export interface PinnedParts {
  store: DagStore
  texts: DagTexts
  now: DagNow
  runs: DagRuns
}

export class DagPinned {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #texts: DagTexts
  readonly #now: DagNow
  readonly #runs: DagRuns

  constructor(host: ObjectHost<Kinds>, { store, texts, now, runs }: PinnedParts) {
    this.#host = host
    this.#store = store
    this.#texts = texts
    this.#now = now
    this.#runs = runs
  }

  /** What a run was made of; null: unknown run. */
  specOf(runId: string) {
    const row = this.#runs.row(runId)
    const pinned = row === null ? null : this.#store.pinned(row.spec.dagHash)
    return row === null || pinned === null ? null : { spec: row.spec, dagJson: pinned.json }
  }

  async definition(request: { text?: string; name?: string }): Promise<ReturnType<DagApi['definition']>> {
    const record = this.#now.record
    const spec = request.text ?? record?.spec
    if (spec === undefined) return err({ code: 'not_found', message: 'the DAG does not exist' })
    await this.#texts.refresh(spec)
    // It may have been removed meanwhile.
    const present = this.#now.record
    if (request.text === undefined && present === null)
      return err({ code: 'not_found', message: 'the DAG does not exist' })
    const definition =
      request.text === undefined && present !== null
        ? this.#texts.current(present)
        : this.#texts.read(spec, request.name ?? '', {})
    if (definition.dag === null)
      return err({ code: 'invalid', message: definition.problems.map(problemText).join('\n') })
    if (request.text !== undefined) this.#store.addSpec(definition.hash, spec, this.#host.now())
    return ok({
      dagId: this.#host.name,
      fileName: request.text === undefined ? (record?.fileName ?? '') : '',
      dagJson: JSON.stringify(definition.dag),
      specHash: definition.hash,
      source: record?.source ?? null,
    })
  }

  textOf(hash: string): string | null {
    return this.#store.specText(hash)
  }

  specText(runId: string): string | null {
    const row = this.#runs.row(runId)
    const pinned = row === null ? null : this.#store.pinned(row.spec.dagHash)
    return pinned === null ? null : this.#store.specText(pinned.specHash)
  }
}
