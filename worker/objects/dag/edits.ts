// Changes of a DAG: its text, its name, whether it is suspended, and the base configurations under it. Promise: what is due under the
// old text fires before the new one counts, and the list shows what was saved.
import { err, ok } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import type { DagApi, Kinds } from '../contracts.ts'
import type { DagRuns } from './runs.ts'
import type { DagNow } from './schedule/now.ts'
import type { DagScheduler } from './schedule/scheduler.ts'
import type { DagStore } from './store.ts'
import type { DagTexts } from './texts.ts'

export interface EditParts {
  store: DagStore
  texts: DagTexts
  now: DagNow
  runs: DagRuns
  scheduler: DagScheduler
}

export interface EditHooks {
  /** What must happen by itself may have changed. */
  rearm(): void
  tellIndex(): Promise<void>
  removed(): void
}

export class DagEdits {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #texts: DagTexts
  readonly #now: DagNow
  readonly #runs: DagRuns
  readonly #scheduler: DagScheduler
  readonly #hooks: EditHooks

  constructor(host: ObjectHost<Kinds>, { store, texts, now, runs, scheduler }: EditParts, hooks: EditHooks) {
    this.#host = host
    this.#store = store
    this.#texts = texts
    this.#now = now
    this.#runs = runs
    this.#scheduler = scheduler
    this.#hooks = hooks
  }

  async putSpec(request: Parameters<DagApi['putSpec']>[0]): Promise<ReturnType<DagApi['putSpec']>> {
    const { dagId, fileName, spec, files } = request
    await this.#texts.refresh(spec)
    const known = this.#store.record()
    const actual = known === null || known.removed ? '' : known.hash
    if (request.ifHash !== undefined && request.ifHash !== actual)
      return err({ code: 'conflict', actual, problems: [] })
    const definition = this.#texts.read(spec, fileName || (request.name ?? ''), files)
    if (definition.dag === null && request.force !== true)
      return err({ code: 'invalid', actual, problems: definition.problems })
    const isSame = known !== null && !known.removed && known.hash === definition.hash && known.fileName === fileName
    const isNew = !isSame || this.#texts.filesDiffer(files)
    const source = request.source ?? null
    if (isNew || JSON.stringify(source) !== JSON.stringify(known?.source)) {
      const updatedAt = this.#host.now()
      // What is due under the old text fires before the new one counts from now.
      this.#scheduler.look()
      this.#store.addSpec(definition.hash, spec, updatedAt)
      const suspended = known?.suspended ?? false
      this.#store.saveRecord({ dagId, fileName, spec, hash: definition.hash, suspended, source, updatedAt }, null)
      if (files !== undefined && this.#texts.filesDiffer(files)) this.#texts.saveFiles(files)
      this.#texts.adopt(definition, fileName || (request.name ?? ''), spec)
      if (isNew) this.#scheduler.reset()
      this.#hooks.rearm()
      if (fileName !== '') await this.#hooks.tellIndex()
    }
    return ok({ hash: definition.hash, problems: definition.problems })
  }

  async suspend(suspend: boolean): Promise<void> {
    const record = this.#now.record
    if (record === null || record.suspended === suspend) return
    this.#store.saveRecord({ ...record, suspended: suspend, updatedAt: this.#host.now() }, null)
    this.#scheduler.reset()
    if (suspend) this.#runs.dropScheduled()
    this.#hooks.rearm()
    await this.#hooks.tellIndex()
  }

  remove(): void {
    const record = this.#now.record
    if (record !== null) this.#store.saveRecord(record, this.#host.now())
    this.#hooks.removed()
  }

  async rename(fileName: string): Promise<void> {
    const record = this.#now.record
    if (record === null || record.fileName === fileName) return
    this.#store.saveRecord({ ...record, fileName, updatedAt: this.#host.now() }, null)
    await this.#hooks.tellIndex()
  }

  /** A base configuration may bring a schedule, labels, mistakes: whatever hangs on the definition follows it. */
  async followBases(version?: number): Promise<void> {
    const record = this.#now.record
    if (record === null) return
    const before = JSON.stringify(this.#now.mayFire?.schedule)
    const zone = this.#texts.zone(record.spec)
    const hasChanged = await this.#texts.refresh(record.spec, version)
    if (zone !== this.#texts.zone(record.spec)) {
      // What is due in the former zone fires before the schedule is read in the new one.
      this.#scheduler.look()
      if (!hasChanged && record.fileName !== '') await this.#hooks.tellIndex()
    }
    if (!hasChanged) return
    if (JSON.stringify(this.#now.mayFire?.schedule) !== before) this.#scheduler.reset()
    if (record.fileName !== '') await this.#hooks.tellIndex()
  }
}
