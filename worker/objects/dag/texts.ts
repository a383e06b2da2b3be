// How a Dag reads its texts: over the base configurations of the installation, with the schema files that came along.
// Promise: what a start or a save uses is at most a second old; where the Directory does not answer, the last that was known counts.
import { workspaceOf } from '@edgedag/core/spec/workspace'
import type { ObjectHost } from '../../host/port.ts'
import { type BaseConfig, type Kinds, type ProfileDefaults, type SchemaFiles, SINGLETON } from '../contracts.ts'
import { type Definition, readDefinition } from './definition.ts'

const FRESH_MS = 1_000
const NO_BASE: BaseConfig = { version: 0, base: '', workspaceBase: '' }

export class DagTexts {
  readonly #host: ObjectHost<Kinds>
  /** By workspace ('' is none): the bases, and when they were last known to be the present ones (epoch ms). */
  readonly #bases = new Map<string, { config: BaseConfig; at: number }>()
  readonly #asked = new Map<string, Promise<BaseConfig | null>>()
  #files: SchemaFiles | null = null
  #current: { definition: Definition; name: string; version: number } | null = null

  /** The tables are those of the Dag: made before. */
  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** Schema files of the stored text, by the path that it uses. */
  get files(): SchemaFiles {
    if (this.#files === null) {
      const rows = this.#host.sql.exec<{ path: string; text: string }>('SELECT path, text FROM schema_file')
      this.#files = Object.fromEntries(rows.map(row => [row.path, row.text]))
    }
    return this.#files
  }

  filesDiffer(files: SchemaFiles | undefined): boolean {
    return files !== undefined && canonical(files) !== canonical(this.files)
  }

  saveFiles(files: SchemaFiles): void {
    this.#host.sql.exec('DELETE FROM schema_file')
    for (const [path, text] of Object.entries(files))
      this.#host.sql.exec('INSERT INTO schema_file (path, text) VALUES (?, ?)', path, text)
    this.#files = files
    this.#current = null
  }

  /** The zone of schedules that name none, as last heard. */
  zone(text: string): string {
    return this.#known(workspaceOf(text) ?? '').config.timezone ?? this.#host.settings.timezone
  }

  /** Defaults of profiles for runs of this text, as last heard. */
  profileDefaults(text: string): ProfileDefaults | undefined {
    return this.#known(workspaceOf(text) ?? '').config.profiles
  }

  /** Asks for the bases of this text unless they are fresh, or known by their version to be. True: they have changed. */
  async refresh(text: string, version?: number): Promise<boolean> {
    const workspace = workspaceOf(text) ?? ''
    const known = this.#known(workspace)
    const now = this.#host.now()
    if (version === known.config.version) return this.#remember(workspace, known.config, now)
    if (version === undefined && now - known.at < FRESH_MS) return false
    try {
      const answer = await this.#ask(workspace, known.config.version)
      const newest = this.#known(workspace).config
      return this.#remember(workspace, answer === null || answer.version < newest.version ? newest : answer, now)
    } catch {
      return false
    }
  }

  /** Many starts at once share one question. */
  #ask(workspace: string, version: number): Promise<BaseConfig | null> {
    const asked = this.#asked.get(workspace)
    if (asked !== undefined) return asked
    const question = this.#host
      .object('directory', SINGLETON)
      .baseConfig(workspace || null, version)
      .finally(() => this.#asked.delete(workspace))
    this.#asked.set(workspace, question)
    return question
  }

  /** Reads a text as a DAG called `name` where the text has no name. */
  read(text: string, name: string, files: SchemaFiles = this.files): Definition {
    return readDefinition(text, name, this.#known(workspaceOf(text) ?? '').config, files)
  }

  /** What was just read is stored now: it need not be read again. */
  adopt(definition: Definition, name: string, text: string): void {
    this.#current = { definition, name, version: this.#known(workspaceOf(text) ?? '').config.version }
  }

  /** The definition of the stored text, read once for each of its states. */
  current(record: { hash: string; spec: string; fileName: string }): Definition {
    const { version } = this.#known(workspaceOf(record.spec) ?? '').config
    const last = this.#current
    const isSame = last?.definition.hash === record.hash && last.name === record.fileName && last.version === version
    if (isSame) return last.definition
    const definition = this.read(record.spec, record.fileName)
    this.#current = { definition, name: record.fileName, version }
    return definition
  }

  #known(workspace: string): { config: BaseConfig; at: number } {
    const known = this.#bases.get(workspace)
    if (known !== undefined) return known
    const row = this.#host.sql.exec<{ config: string }>('SELECT config FROM base WHERE workspace = ?', workspace)[0]
    const stored = { config: row === undefined ? NO_BASE : (JSON.parse(row.config) as BaseConfig), at: 0 }
    this.#bases.set(workspace, stored)
    return stored
  }

  #remember(workspace: string, config: BaseConfig, at: number): boolean {
    const former = this.#known(workspace).config
    this.#bases.set(workspace, { config, at })
    if (former.version === config.version) return false
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO base (workspace, config) VALUES (?, ?)',
      workspace,
      JSON.stringify(config),
    )
    return former.base !== config.base || former.workspaceBase !== config.workspaceBase
  }
}

const canonical = (files: SchemaFiles): string =>
  JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
