// Documents: Markdown texts with a path. What a store of them is asked and answers (a folder on one machine, the Directory elsewhere),
// and what is read out of a text. Pure.
import { err, ok, type Result } from '../result.ts'

export const MAX_DOC_BYTES = 1024 * 1024
/** Documents that a store shows. */
export const MAX_DOCS = 5_000
const MAX_DEPTH = 12

/** A document's line. Times in epoch ms. */
export interface DocLine {
  /** Without `.md`, segments with `/` between them. */
  id: string
  title: string
  description: string
  createdAt: number
  updatedAt: number
}

export interface Doc extends DocLine {
  content: string
}

export interface DocMatch {
  /** From 1. */
  line: number
  text: string
}

export interface DocHit extends DocLine {
  matches: DocMatch[]
}

export type DocRequest =
  | { op: 'list' }
  | { op: 'read'; id: string }
  /**
   * `create`: there must be none yet; else there must be one. `upsert`: either. Only if it is still `ifContent`, or has the hash `ifHash`
   * (null: is not there).
   */
  | {
      op: 'write'
      id: string
      content: string
      mode: 'create' | 'update' | 'upsert'
      ifContent?: string
      ifHash?: string | null
    }
  /** What there is, with SHA-256 (hex) of the texts. */
  | { op: 'hashes' }
  | { op: 'remove'; id: string }
  /** A document, or all below a folder. */
  | { op: 'rename'; from: string; to: string }
  | { op: 'search'; text: string; matchLimit: number }

export interface DocAnswers {
  list: DocLine[]
  read: Doc
  write: null
  hashes: { id: string; hash: string }[]
  remove: null
  rename: null
  search: DocHit[]
}

export type DocRefusal = { code: 'not_found' | 'already_exists' | 'conflict' | 'bad_request'; message: string }
export type DocAnswer<Op extends DocRequest['op']> = Result<DocAnswers[Op], DocRefusal>

/** No control characters, nothing that a file system minds, no hidden files. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is kept out
const SEGMENT = /^(?!\.)[^\u0000-\u001f\u007f\\/:*?"<>|]{1,128}$/

/** A valid id of a document or folder, without an ending `.md`. */
export function readDocId(text: string): Result<string, DocRefusal> {
  const id = text.replace(/^\/+|\/+$/g, '').replace(/\.md$/i, '')
  const segments = id.split('/')
  const isValid = segments.length <= MAX_DEPTH && segments.every(segment => SEGMENT.test(segment))
  return isValid
    ? ok(id)
    : err({ code: 'bad_request', message: 'a path has names with `/` between them, none of which begins with a dot' })
}

const frontMatter = (content: string): string =>
  /^---\r?\n([\s\S]{0,8192}?)\r?\n---\r?(?:\n|$)/.exec(content)?.[1] ?? ''

const frontField = (front: string, name: string): string | undefined => {
  const value = new RegExp(`^${name}:[ \\t]*(.+)$`, 'm').exec(front)?.[1]?.trim()
  return value?.replace(/^(["'])(.*)\1$/, '$2') || undefined
}

/** A title stands at the beginning. */
const HEAD_CHARS = 16_384

function headingOf(head: string): string | undefined {
  const marked = head.split('\n').find(line => /^#{1,6}[ \t]+\S/.test(line))
  if (marked === undefined) return undefined
  const words = marked.replace(/^#+/, '').trim()
  return words.replace(/(?<!#)#+$/, '').trimEnd() || words
}

/** Title: of the front matter, else the first heading, else the last segment of the id. */
export function describeDoc(id: string, head: string): Pick<DocLine, 'title' | 'description'> {
  const front = frontMatter(head)
  const heading = headingOf(head.slice(0, HEAD_CHARS))
  const title = frontField(front, 'title') ?? heading ?? id.split('/').at(-1) ?? id
  return { title: title.slice(0, 200), description: (frontField(front, 'description') ?? '').slice(0, 500) }
}

/** Lines that hold the text, whatever its case. */
export function matchLines(content: string, text: string, limit: number): DocMatch[] {
  const wanted = text.toLowerCase()
  if (!content.toLowerCase().includes(wanted)) return []
  const matches: DocMatch[] = []
  for (const [index, line] of content.split('\n').entries()) {
    if (!line.toLowerCase().includes(wanted)) continue
    matches.push({ line: index + 1, text: line.slice(0, 500) })
    if (matches.length >= limit) break
  }
  return matches
}

export const docNotFound = (id: string): { ok: false; error: DocRefusal } =>
  err({ code: 'not_found', message: `document ${id} not found` })
export const docExists = (id: string): { ok: false; error: DocRefusal } =>
  err({ code: 'already_exists', message: `document ${id} already exists` })
export const docChanged = (id: string): { ok: false; error: DocRefusal } =>
  err({ code: 'conflict', message: `document ${id} was changed by somebody else since it was read` })
