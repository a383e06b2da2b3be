// The folder of DAG files is the source on one machine: what the page saves is written there first, atomically and only over
// the version that the writer has seen; what is edited there is noticed within a second.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readSchemas, schemaPaths, schemaSign } from '../schema-files.ts'
import type { FolderAnswer, FolderRequest } from './control-plane.ts'

const EXTENSIONS = ['.yaml', '.yml']
const NAME = /^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,128}$/
/** The fallback scan where file events do not arrive (network folders, some containers). */
const SCAN_MS = 500
const DEBOUNCE_MS = 60

interface Known {
  path: string
  /** Size, modification time and inode: a cheap sign that the content may have changed. */
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
      const stat = statSync(path)
      const spec = readFileSync(path, 'utf8')
      return { spec, hash: sha256(spec), sign: `${stat.size}:${stat.mtimeMs}:${stat.ino}` }
    } catch {
      return undefined
    }
  }

  /** What changed since the last look: all files at the first. */
  changes(): FolderChange {
    const change: FolderChange = { files: [], removed: [] }
    const seen = new Set<string>()
    for (const entry of readdirSync(this.dir, { withFileTypes: true })) {
      const extension = EXTENSIONS.find(e => entry.name.endsWith(e))
      const fileName = extension && entry.name.slice(0, -extension.length)
      // Hidden files are those of editors and tools.
      if (!fileName || fileName.startsWith('.') || !NAME.test(fileName) || entry.isDirectory() || seen.has(fileName))
        continue
      const path = join(this.dir, entry.name)
      const known = this.#known.get(fileName)
      seen.add(fileName)
      const isUnchanged = known?.path === path && known.sign === this.#sign(path)
      if (isUnchanged && known.schemaSign === schemaSign(known.schemas, this.dir)) continue
      const read = this.#read(path)
      if (!read) continue
      const schemas = known?.hash === read.hash ? known.schemas : schemaPaths(read.spec, fileName)
      const sign = schemaSign(schemas, this.dir)
      this.#known.set(fileName, { path, sign: read.sign, hash: read.hash, schemas, schemaSign: sign })
      if (known?.hash === read.hash && known.schemaSign === sign) continue
      change.files.push({ fileName, spec: read.spec, files: readSchemas(schemas, this.dir) })
    }
    for (const fileName of this.#known.keys()) {
      if (seen.has(fileName)) continue
      this.#known.delete(fileName)
      change.removed.push(fileName)
    }
    return change
  }

  #sign(path: string): string {
    try {
      const stat = statSync(path)
      return `${stat.size}:${stat.mtimeMs}:${stat.ino}`
    } catch {
      return ''
    }
  }

  /** Calls `changed` with everything there now, then with each change, one call at a time; a failed call is made again. */
  watch(changed: (change: FolderChange) => Promise<void>): void {
    let busy = false
    const look = async () => {
      if (busy) return
      busy = true
      const before = new Map(this.#known)
      const change = this.changes()
      if (change.files.length > 0 || change.removed.length > 0) {
        await changed(change).catch(() => {
          this.#known = before
        })
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
