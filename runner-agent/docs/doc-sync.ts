// Documents of a host (its folder for DAG_DOCS_DIR) and of the control plane, kept the same. Promise: what a run has written is brought
// after its end, what a page has saved is there before the next run begins; no text is lost, whatever dies in between; a folder that the
// control plane itself keeps is left alone.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { conflictId, syncAction } from '@edgedag/core/docs/sync'
import { backoffMs } from '../connection/backoff.ts'
import type { Logger } from '../logger.ts'
import { makeFolder } from '../state/make-folder.ts'
import { DocClient } from './doc-client.ts'
import { DocFiles, type FileState, hashOf } from './doc-files.ts'
import { DocIndex } from './doc-index.ts'

export interface DocSyncOptions {
  docsDir: string
  /** Of the agent: remembers what both sides had when they last agreed, and keeps what was deleted elsewhere. */
  stateDir: string
  url: string
  credential: string
  runnerId: string
  /** Names this host in documents that are kept beside others. */
  hostname: string
  log: Logger
}

const SETTLE_MS = 200
/** So often the control plane is asked, whatever happens here. */
const LOOK_MS = 60_000
/** A run that begins waits for the newest texts no longer than this. */
const FRESH_MS = 3_000
const RETRY = { firstMs: 1_000, maxMs: 60_000 }

export class DocSync {
  readonly #options: DocSyncOptions
  readonly #client: DocClient
  readonly #index: DocIndex
  readonly #files: DocFiles
  /** Texts that the control plane does not take, by id: their hashes. They are left until they change. */
  readonly #refused = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | null = null
  #again = false
  #failures = 0
  #closed = false

  constructor(options: DocSyncOptions) {
    this.#options = options
    this.#client = new DocClient(options)
    this.#index = new DocIndex(join(options.stateDir, 'docs.json'), options.runnerId)
    this.#files = new DocFiles(options.docsDir)
  }

  /** Compares both sides, a moment from now. */
  soon(ms = SETTLE_MS): void {
    if (this.#closed) return
    this.#again = this.#working !== null
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#work(), ms)
    this.#timer.unref()
  }

  /** Compares both sides as if for the first time: what this host may have and store may be another by now. */
  anew(): void {
    this.#refused.clear()
    this.#client.forget()
    this.#failures = 0
    this.soon()
  }

  /** Resolves when the newest texts are here, or after a while all the same: a run does not wait for a control plane that is away. */
  async fresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, FRESH_MS)
    })
    await Promise.race([(this.#working ?? Promise.resolve()).then(() => this.#work()), late])
    clearTimeout(timer)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #work(): Promise<void> {
    this.#working ??= this.#compare().finally(() => {
      this.#working = null
      const pause = this.#failures > 0 ? backoffMs(this.#failures, 0.5 + Math.random() / 2, RETRY) : LOOK_MS
      const isAgain = this.#again
      this.soon(isAgain ? SETTLE_MS : pause)
    })
    return this.#working
  }

  async #compare(): Promise<void> {
    if (this.#closed) return
    this.#again = false
    try {
      const remote = await this.#client.list()
      for (const id of new Set([...(await this.#files.ids()), ...remote.keys(), ...this.#index.ids])) {
        if (this.#closed) return
        await this.#settle(id, this.#files.state(id), remote.get(id) ?? null)
      }
      this.#failures = 0
    } catch (error) {
      this.#failures++
      // What this side believes of the other may be wrong now.
      this.#client.forget()
      if (this.#failures === 1)
        this.#options.log('warn', 'documents could not be compared', { error: (error as Error).message })
    }
  }

  async #settle(id: string, file: FileState, remote: string | null): Promise<void> {
    if (file === 'blocked') return this.#warnOnce(id, 'a document is left alone: it is too large, or no plain file')
    const local = file === 'absent' ? null : file.hash
    if (local !== null && this.#refused.get(id) === local) return
    switch (syncAction(local, this.#index.base(id), remote)) {
      case 'none':
        if (local !== null) return this.#index.agree(id, local)
        // One that was deleted here alone stays known: it is not brought back.
        return remote === null ? this.#index.forget(id) : undefined
      case 'push':
        return void (await this.#push(id, id, remote))
      case 'pull':
        return await this.#pull(id, local)
      case 'remove':
        return this.#remove(id)
      case 'conflict':
        return await this.#keepBoth(id, local!)
    }
  }

  /** The control plane's text keeps the name. This host's is stored beside it before anything here is replaced. */
  async #keepBoth(id: string, local: string): Promise<void> {
    const copy = conflictId(id, this.#options.hostname, local)
    if (!(await this.#push(id, copy, null))) return
    this.#options.log('warn', 'a document was changed on both sides: the text of this host is kept beside it', {
      id,
      copy,
    })
    await this.#pull(id, local)
  }

  /** Stores the text of file `id` as document `as`, which has the hash `remote` there; true: it is stored. */
  async #push(id: string, as: string, remote: string | null): Promise<boolean> {
    const content = this.#files.read(id)
    const outcome = await this.#client.put(as, content, remote)
    if (outcome === 'changed') {
      // Somebody else was faster: the next look sees both texts.
      this.#client.forget()
      this.#again = true
    } else if (outcome === 'refused') {
      this.#refused.set(id, hashOf(content))
      this.#options.log('warn', 'the control plane does not take a document', { document: as })
    } else if (id === as) this.#index.agree(id, hashOf(content))
    return outcome === 'stored'
  }

  async #pull(id: string, local: string | null): Promise<void> {
    const content = await this.#client.get(id)
    const now = this.#files.state(id)
    // A step may have written it since it was looked at.
    if (content === null || now === 'blocked' || (now === 'absent' ? null : now.hash) !== local) {
      this.#again = true
      return
    }
    this.#files.write(id, content)
    this.#index.agree(id, hashOf(content))
  }

  /** Deleted at the control plane, or not for this runner any more: the text is kept out of the way. */
  #remove(id: string): void {
    const kept = join(this.#options.stateDir, 'docs-removed', `${id}.md`)
    makeFolder(dirname(kept), 0o700)
    writeFileSync(kept, this.#files.read(id), { mode: 0o600 })
    this.#files.remove(id)
    this.#index.forget(id)
    this.#options.log('info', 'a document is gone from the control plane, or not for this runner any more', {
      document: id,
      kept,
    })
  }

  readonly #warned = new Set<string>()
  #warnOnce(id: string, message: string): void {
    if (this.#warned.has(id)) return
    this.#warned.add(id)
    this.#options.log('warn', message, { document: id })
  }
}
