// The DAG as it stands: its record unless it was removed, what its text says, whether it may start by itself.
import type { Dag } from '@edgedag/core/spec/dag'
import type { DagRecord } from '../../contracts.ts'
import type { Definition } from '../definition.ts'
import type { DagStore } from '../store.ts'
import type { DagTexts } from '../texts.ts'

export class DagNow {
  readonly #store: DagStore
  readonly #texts: DagTexts

  constructor(store: DagStore, texts: DagTexts) {
    this.#store = store
    this.#texts = texts
  }

  /** Null: there is no such DAG, or it was removed. */
  get record(): (DagRecord & { removed: boolean }) | null {
    const record = this.#store.record()
    return record === null || record.removed ? null : record
  }

  /** The record with its schema files, as others get it. */
  get full(): DagRecord | null {
    const { record } = this
    if (record === null) return null
    const { removed: _removed, ...rest } = record
    const { files } = this.#texts
    return Object.keys(files).length === 0 ? rest : { ...rest, files }
  }

  get definition(): Definition | null {
    const { record } = this
    return record === null ? null : this.#texts.current(record)
  }

  /** Null: nothing of it starts by itself. */
  get mayFire(): Dag | null {
    const { record } = this
    return record === null || record.suspended || record.fileName === '' ? null : (this.definition?.dag ?? null)
  }

  /** What people know it by. */
  get names(): { dagName: string; fileName: string } | null {
    const { record } = this
    if (record === null) return null
    const { name } = this.definition?.summary ?? {}
    return { dagName: typeof name === 'string' && name !== '' ? name : record.fileName, fileName: record.fileName }
  }
}
