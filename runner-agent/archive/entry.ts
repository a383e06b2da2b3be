// What is in an archive, whatever its format, and the names that are taken from it.
import { ArchiveProblem } from './problem.ts'

export type EntryKind = 'file' | 'folder' | 'link' | 'hardlink' | 'other'

export interface Entry {
  /** As written, with slashes. */
  path: string
  kind: EntryKind
  size: number
  /** Permission bits; undefined where the archive has none. */
  mode?: number
  modifiedAt?: Date
  /** Of links. */
  target?: string
}

export type Content = AsyncIterable<Uint8Array>

/** Takes the entries one after another; content that is not read is passed over. */
export type Visit = (entry: Entry, content: Content) => Promise<void>

/** Entries that an archive may have. */
export const MAX_ENTRIES = 1_000_000

/** The parts of an entry's path. @throws ArchiveProblem where it leads out of the folder it belongs to */
export function partsOf(path: string): string[] {
  const slashed = path.replaceAll('\\', '/')
  const parts = slashed.split('/').filter(part => part !== '' && part !== '.')
  if (slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed) || parts.includes('..') || path.includes('\0'))
    throw new ArchiveProblem('outside', `${JSON.stringify(path)} leads out of the destination`)
  return parts
}
