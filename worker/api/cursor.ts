// Cursors of lists. Promise: opaque to clients, bound to the filters they were made for, and anything else is refused, not misread.
import { fromBase64url, sha256Hex, utf8 } from '../auth/hash.ts'
import { toBase64url } from '../bytes.ts'

interface Cursor {
  v: 1
  /** First characters of the hash of the filters. */
  f: string
  /** The list owner's own cursor. */
  c: string
}

const filterMark = async (filters: unknown): Promise<string> => (await sha256Hex(JSON.stringify(filters))).slice(0, 8)

export async function encodeCursor(inner: string, filters: unknown): Promise<string> {
  const cursor: Cursor = { v: 1, f: await filterMark(filters), c: inner }
  return toBase64url(utf8(JSON.stringify(cursor)))
}

/** The list owner's cursor; null: broken, or made for other filters. */
export async function decodeCursor(text: string, filters: unknown): Promise<string | null> {
  const bytes = fromBase64url(text)
  if (bytes === null) return null
  try {
    const cursor = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Cursor> | null
    if (cursor?.v !== 1 || typeof cursor.c !== 'string' || cursor.f !== (await filterMark(filters))) return null
    return cursor.c
  } catch {
    return null
  }
}
