// Documents where there is no folder for them: rows of the Directory, filled by pages and by the agents of hosts.
import {
  type DocAnswer,
  type DocHit,
  type DocLine,
  type DocRequest,
  describeDoc,
  docChanged,
  docExists,
  docNotFound,
  MAX_DOCS,
  matchLines,
  readDocId,
} from '@edgedag/core/docs/document'
import { err, ok } from '@edgedag/core/result'
import type { Sql } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'

type Row = {
  id: string
  content: string
  hash: string
  title: string
  description: string
  created_at: number
  updated_at: number
}
type Answer = DocAnswer<DocRequest['op']>

const toLine = ({ id, title, description, created_at, updated_at }: Omit<Row, 'content' | 'hash'>): DocLine => ({
  id,
  title,
  description,
  createdAt: created_at,
  updatedAt: updated_at,
})

export class DirectoryDocs {
  readonly #sql: Sql
  readonly #now: () => number

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql
    this.#now = now
  }

  /** Carries out a request; what is wrong with it is a value. */
  handle(request: DocRequest): Answer {
    if (request.op === 'list') return ok(this.#lines())
    if (request.op === 'hashes') return ok(this.#hashes())
    if (request.op === 'search') return ok(this.#search(request.text, request.matchLimit))
    const id = readDocId(request.op === 'rename' ? request.from : request.id)
    if (!id.ok) return id
    switch (request.op) {
      case 'read':
        return this.#read(id.value)
      case 'write':
        return this.#write(id.value, request)
      case 'remove':
        return this.#remove(id.value)
      case 'rename': {
        const to = readDocId(request.to)
        return to.ok ? this.#rename(id.value, to.value) : to
      }
    }
  }

  #lines(): DocLine[] {
    return this.#sql
      .exec<Row>('SELECT id, title, description, created_at, updated_at FROM doc ORDER BY id LIMIT ?', MAX_DOCS)
      .map(toLine)
  }

  #hashes(): { id: string; hash: string }[] {
    return this.#sql.exec<{ id: string; hash: string }>('SELECT id, hash FROM doc ORDER BY id LIMIT ?', MAX_DOCS)
  }

  #row(id: string): Row | undefined {
    return this.#sql.exec<Row>('SELECT * FROM doc WHERE id = ?', id)[0]
  }

  #read(id: string): Answer {
    const row = this.#row(id)
    return row === undefined ? docNotFound(id) : ok({ ...toLine(row), content: row.content })
  }

  #write(id: string, { content, mode, ifContent, ifHash }: Extract<DocRequest, { op: 'write' }>): Answer {
    const known = this.#row(id)
    if (mode === 'create' && known !== undefined) return docExists(id)
    if (mode === 'update' && known === undefined) return docNotFound(id)
    if (ifContent !== undefined && known !== undefined && known.content !== ifContent) return docChanged(id)
    if (known?.content === content) return ok(null)
    if (ifHash !== undefined && (known?.hash ?? null) !== ifHash) return docChanged(id)
    if (known === undefined && this.#count() >= MAX_DOCS)
      return err({ code: 'bad_request', message: `there are ${MAX_DOCS} documents, as many as there may be` })
    const { title, description } = describeDoc(id, content)
    const now = this.#now()
    this.#sql.exec(
      'INSERT OR REPLACE INTO doc (id, content, hash, title, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      content,
      sha256Hex(content),
      title,
      description,
      known?.created_at ?? now,
      now,
    )
    return ok(null)
  }

  #remove(id: string): Answer {
    if (this.#row(id) === undefined) return docNotFound(id)
    this.#sql.exec('DELETE FROM doc WHERE id = ?', id)
    return ok(null)
  }

  #rename(from: string, to: string): Answer {
    const isDoc = this.#row(from) !== undefined
    const moving = isDoc ? [from] : this.#below(from)
    if (moving.length === 0) return docNotFound(from)
    if (`${to}/`.startsWith(`${from}/`) || this.#row(to) !== undefined || this.#below(to).length > 0)
      return docExists(to)
    for (const id of moving) this.#sql.exec('UPDATE doc SET id = ? WHERE id = ?', to + id.slice(from.length), id)
    return ok(null)
  }

  #below(folder: string): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM doc WHERE id > ? AND id < ?', `${folder}/`, `${folder}0`)
      .map(row => row.id)
  }

  #search(text: string, matchLimit: number): DocHit[] {
    return this.#lines().flatMap(line => {
      const matches = matchLines(this.#row(line.id)?.content ?? '', text, matchLimit)
      return matches.length === 0 ? [] : [{ ...line, matches }]
    })
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM doc')[0]?.n ?? 0
  }
}
