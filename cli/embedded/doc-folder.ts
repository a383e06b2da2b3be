// Documents of one machine: the Markdown files of a folder, into which steps write by DAG_DOCS_DIR. Promise: nothing outside of the
// folder is read or written, whatever links lie in it; a file is replaced whole.
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import {
  type DocAnswer,
  type DocLine,
  type DocRequest,
  describeDoc,
  docChanged,
  docExists,
  docNotFound,
  MAX_DOC_BYTES,
  MAX_DOCS,
  matchLines,
  readDocId,
} from '@edgedag/core/docs/document'
import { err, ok, type Result } from '@edgedag/core/result'
import type { FolderAnswer } from './control-plane.ts'

const HEAD_BYTES = 8 * 1024

type Answer = DocAnswer<DocRequest['op']>
type Refusal = Extract<Answer, { ok: false }>['error']

export class DocFolder {
  readonly dir: string
  /** Lines by id, with the sign of the file that they were read from. */
  readonly #known = new Map<string, { sign: string; line: DocLine }>()
  readonly #hashes = new Map<string, { sign: string; hash: string }>()

  constructor(dir: string) {
    this.dir = dir
  }

  /** Carries out a request; what is wrong with it is a value. */
  handle(request: DocRequest): Answer {
    switch (request.op) {
      case 'list':
        return ok(this.#ids().flatMap(id => this.#line(id) ?? []))
      case 'hashes':
        return ok(this.#ids().flatMap(id => (this.#line(id) === undefined ? [] : { id, hash: this.#hash(id) })))
      case 'search':
        return ok(this.#search(request.text, request.matchLimit))
      case 'read':
        return this.#with(request.id, id => this.#read(id))
      case 'write':
        return this.#with(request.id, id => this.#write(id, request))
      case 'remove':
        return this.#with(request.id, id => this.#remove(id))
      case 'rename':
        return this.#with(request.from, from => this.#with(request.to, to => this.#rename(from, to)))
    }
  }

  #with(text: string, use: (id: string) => Answer): Answer {
    const id: Result<string, Refusal> = readDocId(text)
    if (!id.ok) return id
    return this.#isInside(id.value) ? use(id.value) : docNotFound(id.value)
  }

  /** False where a link leads out of the folder. */
  #isInside(id: string): boolean {
    if (!existsSync(this.dir)) return true
    const root = realpathSync(this.dir)
    for (let path = dirname(this.#path(id)); path.startsWith(this.dir); path = dirname(path)) {
      if (!existsSync(path)) continue
      const real = realpathSync(path)
      return real === root || real.startsWith(root + sep)
    }
    return true
  }

  #path(id: string): string {
    return `${join(this.dir, id)}.md`
  }

  #ids(): string[] {
    const ids: string[] = []
    const walk = (below: string): void => {
      if (!existsSync(join(this.dir, below))) return
      const entries = readdirSync(join(this.dir, below), { withFileTypes: true })
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (ids.length >= MAX_DOCS) return
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        if (!readDocId(path).ok) continue
        if (entry.isDirectory()) walk(path)
        else if (entry.isFile() && entry.name.endsWith('.md')) ids.push(path.slice(0, -3))
      }
    }
    walk('')
    return ids
  }

  #line(id: string): DocLine | undefined {
    const path = this.#path(id)
    try {
      const stat = lstatSync(path)
      if (!stat.isFile()) return undefined
      const sign = `${stat.size}:${stat.mtimeMs}:${stat.ino}`
      const known = this.#known.get(id)
      if (known?.sign === sign) return known.line
      const createdAt = Math.floor(Math.min(stat.birthtimeMs || stat.mtimeMs, stat.mtimeMs))
      const line = { id, ...describeDoc(id, readHead(path)), createdAt, updatedAt: Math.floor(stat.mtimeMs) }
      this.#known.set(id, { sign, line })
      return line
    } catch {
      // It may go while the folder is looked through.
      this.#known.delete(id)
      return undefined
    }
  }

  #read(id: string): Answer {
    const line = this.#line(id)
    const content = line === undefined ? undefined : this.#content(id)
    return line === undefined || content === undefined ? docNotFound(id) : ok({ ...line, content })
  }

  #content(id: string): string | undefined {
    const path = this.#path(id)
    return statSync(path).size > MAX_DOC_BYTES ? readHead(path, MAX_DOC_BYTES) : readFileSync(path, 'utf8')
  }

  /** Of one that is there. */
  #hash(id: string): string {
    const sign = this.#known.get(id)?.sign ?? ''
    const known = this.#hashes.get(id)
    if (known?.sign === sign) return known.hash
    const hash = hashOf(this.#content(id) ?? '')
    this.#hashes.set(id, { sign, hash })
    return hash
  }

  #write(id: string, { content, mode, ifContent, ifHash }: Extract<DocRequest, { op: 'write' }>): Answer {
    const isThere = this.#line(id) !== undefined
    if (mode === 'create' && isThere) return docExists(id)
    if (mode === 'update' && !isThere) return docNotFound(id)
    if (ifContent !== undefined && isThere && this.#content(id) !== ifContent) return docChanged(id)
    if (
      ifHash !== undefined &&
      (isThere ? this.#hash(id) : null) !== ifHash &&
      !(isThere && this.#content(id) === content)
    )
      return docChanged(id)
    const path = this.#path(id)
    mkdirSync(dirname(path), { recursive: true })
    const temporary = join(dirname(path), `.${process.pid}.doc.tmp`)
    writeFileSync(temporary, content)
    renameSync(temporary, path)
    return ok(null)
  }

  #remove(id: string): Answer {
    if (this.#line(id) === undefined) return docNotFound(id)
    rmSync(this.#path(id))
    this.#removeEmpty(dirname(this.#path(id)))
    return ok(null)
  }

  #rename(from: string, to: string): Answer {
    const isDoc = this.#line(from) !== undefined
    const source = isDoc ? this.#path(from) : join(this.dir, from)
    const target = isDoc ? this.#path(to) : join(this.dir, to)
    if (!existsSync(source) || (!isDoc && !lstatSync(source).isDirectory())) return docNotFound(from)
    if (existsSync(target)) return docExists(to)
    if (!isDoc && `${target}${sep}`.startsWith(`${source}${sep}`)) return docExists(to)
    mkdirSync(dirname(target), { recursive: true })
    renameSync(source, target)
    this.#removeEmpty(dirname(source))
    return ok(null)
  }

  /** Folders without anything in them are no folders of documents. */
  #removeEmpty(dir: string): void {
    for (let path = dir; path.startsWith(this.dir + sep); path = dirname(path)) {
      try {
        rmdirSync(path)
      } catch {
        return
      }
    }
  }

  #search(text: string, matchLimit: number) {
    return this.#ids().flatMap(id => {
      const line = this.#line(id)
      if (line === undefined) return []
      const matches = matchLines(this.#content(id) ?? '', text, matchLimit)
      return matches.length === 0 ? [] : [{ ...line, matches }]
    })
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function readHead(path: string, bytes = HEAD_BYTES): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0)).toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** Answers the Worker's requests for documents; without a folder there are none. */
export function docService(dir: string): { handle(request: unknown): FolderAnswer } {
  if (dir === '') {
    const none = err({ code: 'bad_request', message: 'there is no folder of documents (docs_dir is empty)' })
    const empty = (op: unknown) => op === 'list' || op === 'search' || op === 'hashes'
    return { handle: request => ({ status: 200, body: empty((request as DocRequest).op) ? ok([]) : none }) }
  }
  const folder = new DocFolder(dir)
  return { handle: request => ({ status: 200, body: folder.handle(request as DocRequest) }) }
}
