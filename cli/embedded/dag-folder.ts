// The folder of DAG files is the source on one machine: what the page saves is written there first, atomically and only over
// the version that the writer has seen; what is edited there is noticed within a second.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSchemas, schemaPaths, schemaSign } from '../schema-files.ts'
import type { FolderAnswer, FolderRequest } from './control-plane.ts'
import { fileSign, MOST_LOOKS, STILL_MS } from './file-sign.ts'

const EXTENSIONS = ['.yaml', '.yml']
const NAME = /^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,128}$/
/** The fallback scan where file events do not arrive (network folders, some containers). */
const SCAN_MS = 500
/** One change of a file makes several events. */
const DEBOUNCE_MS = 10

interface Known {
  path: string
  sign: string
  hash: string
  /** Schema files that it names, and their own sign. */
  schemas: string[]
  schemaSign: string
}

export interface FolderChange {
  files: { fileName: string; spec: string; files: Record<string, string> }[]
  removed: string[]
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export class DagFolder {
  readonly dir: string
  #known = new Map<string, Known>()
  /** Looks since a file has stood still, for those that do not. */
  #restless = new Map<string, number>()
  #stop: (() => void) | undefined

  constructor(dir: string) {
    this.dir = dir
    mkdirSync(dir, { recursive: true })
  }

  #path(fileName: string): string {
    const found = EXTENSIONS.map(e => join(this.dir, fileName + e)).find(p => existsSync(p))
    return found ?? join(this.dir, `${fileName}.yaml`)
  }

  #read(path: string): { spec: string; hash: string; sign: string } | undefined {
    try {
      const sign = fileSign(path)
      const spec = readFileSync(path, 'utf8')
      return { spec, hash: sha256(spec), sign }
    } catch {
      return undefined
    }
  }

  /** The DAG files that are there, by file name. */
  #paths(): Map<string, string> {
    const paths = new Map<string, string>()
    for (const entry of readdirSync(this.dir, { withFileTypes: true })) {
      const extension = EXTENSIONS.find(e => entry.name.endsWith(e))
      const fileName = extension && entry.name.slice(0, -extension.length)
      // Hidden files are those of editors and tools.
      if (!fileName || fileName.startsWith('.') || !NAME.test(fileName) || entry.isDirectory()) continue
      if (extension === EXTENSIONS[0] || !paths.has(fileName)) paths.set(fileName, join(this.dir, entry.name))
    }
    return paths
  }

  /** Files that may be others than those that were read last, each with a sign of what it is now; '' where it is gone. */
  #moved(): Map<string, string> {
    const moved = new Map<string, string>()
    const paths = this.#paths()
    for (const [fileName, path] of paths) {
      const known = this.#known.get(fileName)
      const sign = this.#signOf(path, known)
      if (known === undefined || sign !== `${known.path} ${known.sign} ${known.schemaSign}`) moved.set(fileName, sign)
    }
    for (const fileName of this.#known.keys()) if (!paths.has(fileName)) moved.set(fileName, '')
    return moved
  }

  #signOf = (path: string, known: Known | undefined): string =>
    `${path} ${fileSign(path)} ${schemaSign(known?.schemas ?? [], this.dir)}`

  /** What changed since the last look: all files at the first. */
  changes(moved = this.#moved()): FolderChange {
    const change: FolderChange = { files: [], removed: [] }
    for (const [fileName, sign] of moved) {
      const known = this.#known.get(fileName)
      if (sign === '') {
        this.#known.delete(fileName)
        change.removed.push(fileName)
        continue
      }
      const path = this.#path(fileName)
      const read = this.#read(path)
      if (!read) continue
      const schemas = known?.hash === read.hash ? known.schemas : schemaPaths(read.spec, fileName)
      const ofSchemas = schemaSign(schemas, this.dir)
      this.#known.set(fileName, { path, sign: read.sign, hash: read.hash, schemas, schemaSign: ofSchemas })
      if (known?.hash === read.hash && known.schemaSign === ofSchemas) continue
      change.files.push({ fileName, spec: read.spec, files: readSchemas(schemas, this.dir) })
    }
    return change
  }

  /** What changed, but for files that somebody is writing now: they come with a later look. */
  async #settledChanges(): Promise<FolderChange> {
    const before = this.#moved()
    if (before.size === 0) return { files: [], removed: [] }
    await new Promise(resolve => setTimeout(resolve, STILL_MS))
    const moved = this.#moved()
    const restless = new Map<string, number>()
    for (const [fileName, sign] of moved) {
      const looks = (this.#restless.get(fileName) ?? 0) + 1
      if (sign === before.get(fileName) || looks >= MOST_LOOKS) continue
      restless.set(fileName, looks)
      moved.delete(fileName)
    }
    this.#restless = restless
    return this.changes(moved)
  }

  /** Calls `changed` with everything there now, then with each change, one call at a time; a failed call is made again. */
  watch(changed: (change: FolderChange) => Promise<void>): void {
    let busy = false
    const look = async () => {
      if (busy) return
      busy = true
      const before = new Map(this.#known)
      try {
        const change = await this.#settledChanges()
        if (change.files.length > 0 || change.removed.length > 0) await changed(change)
      } catch {
        // Nobody took it, or the folder cannot be read (it was moved away, a network folder is not mounted): what is known stays.
        this.#known = before
      }
      busy = false
    }
    let debounce: NodeJS.Timeout | undefined
    const watcher = watch(this.dir, () => {
      clearTimeout(debounce)
      debounce = setTimeout(look, DEBOUNCE_MS)
    })
    watcher.on('error', () => {})
    const scan = setInterval(look, SCAN_MS)
    this.#stop = () => {
      watcher.close()
      clearTimeout(debounce)
      clearInterval(scan)
    }
  }

  close(): void {
    this.#stop?.()
  }

  /** Requests of the Worker: `PUT /{name} {spec, ifHash?}`, `DELETE /{name}`, `POST /rename {from, to}`. */
  handle(request: FolderRequest): FolderAnswer {
    const fileName = decodeURIComponent(request.path.slice(1))
    if (request.method === 'POST' && request.path === '/rename')
      return this.#rename(request.body as { from: string; to: string })
    if (!NAME.test(fileName)) return { status: 400, body: { message: `not a file name: ${fileName}` } }
    if (request.method === 'PUT') return this.#write(fileName, request.body as { spec: string; ifHash?: string | null })
    if (request.method === 'DELETE') {
      rmSync(this.#path(fileName), { force: true })
      return { status: 200, body: {} }
    }
    return { status: 405, body: { message: 'use PUT, DELETE or POST /rename' } }
  }

  #write(fileName: string, body: { spec: string; ifHash?: string | null }): FolderAnswer {
    const path = this.#path(fileName)
    const actual = this.#read(path)?.hash ?? ''
    // Only a writer that names a version is checked: `null` or '' means that there must be no file yet.
    if (body.ifHash !== undefined && (body.ifHash ?? '') !== actual) return { status: 409, body: { actual } }
    const temporary = join(this.dir, `.${fileName}.${process.pid}.tmp`)
    writeFileSync(temporary, body.spec)
    renameSync(temporary, path)
    return { status: 200, body: { hash: sha256(body.spec) } }
  }

  #rename({ from, to }: { from: string; to: string }): FolderAnswer {
    if (!NAME.test(from) || !NAME.test(to)) return { status: 400, body: { message: 'not a file name' } }
    const source = this.#path(from)
    if (!existsSync(source)) return { status: 404, body: { message: `no file ${from}` } }
    if (existsSync(this.#path(to))) return { status: 409, body: { actual: this.#read(this.#path(to))?.hash ?? '' } }
    renameSync(source, join(this.dir, to + source.slice(source.lastIndexOf('.'))))
    return { status: 200, body: {} }
  }
}
