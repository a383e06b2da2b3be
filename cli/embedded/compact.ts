// Room that deleted rows have left in the SQLite files of the control plane, given back to the disk before the files are served.
// Promise: a file changes as a whole or not at all, whatever ends the process meanwhile; none is touched that anybody else has open; a
// start is not held up for long. What cannot be done is left for the next start.
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

const MB = 1024 * 1024
const SPARE_BYTES = 16 * MB

/** All in bytes. */
export interface CompactLimits {
  /** Less than that in a file is filled again soon. */
  leastFree: number
  /** What is copied at one start: a second or two on an ordinary disk. */
  mostCopied: number
  /** The same where a file gives back more than is copied of it, which happens once: after much was deleted. */
  mostCopiedForMore: number
}

const LIMITS: CompactLimits = { leastFree: MB, mostCopied: 256 * MB, mostCopiedForMore: 1024 * MB }

type Database = typeof DatabaseSync

/** Compacts the files that have more to give than a quarter of what they keep; answers how many bytes the folder has shrunk by. */
export async function compactFiles(dataDir: string, limits = LIMITS): Promise<number> {
  const Database = await import('node:sqlite').then(
    module => module.DatabaseSync,
    () => null,
  )
  if (Database === null) return 0
  const files = [...databases(dataDir)]
    .filter(({ bytes }) => bytes >= limits.leastFree)
    .sort((a, b) => b.bytes - a.bytes)
  let copied = 0
  let freed = 0
  for (const { path, bytes } of files) {
    copied += compact(Database, path, limits, copied)
    freed += bytes - sizeOf(path)
  }
  return freed
}

/** Answers how much was copied. A file that is in use, or broken, is left as it is. */
function compact(Database: Database, path: string, limits: CompactLimits, copied: number): number {
  let db: DatabaseSync | undefined
  try {
    db = new Database(path)
    // Taken with the first look, and refused while another connection is open.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    const read = (name: string): number => Number(Object.values(db!.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0)
    const pageBytes = read('page_size')
    const free = read('freelist_count') * pageBytes
    const kept = read('page_count') * pageBytes - free
    const most = (free > kept ? limits.mostCopiedForMore : limits.mostCopied) - copied
    if (free < limits.leastFree || free < kept / 4 || kept > Math.min(most, roomIn(dirname(path)))) return 0
    // SQLite's own choice is /var/tmp, where nobody has looked for room, or for who reads there.
    db.exec(`PRAGMA temp_store_directory = '${dirname(path).replaceAll("'", "''")}'`)
    db.exec('VACUUM')
    return kept
  } catch {
    return 0
  } finally {
    // The last connection takes what the journal holds into the file, and removes the journal.
    db?.close()
  }
}

function* databases(dir: string): Generator<{ path: string; bytes: number }> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* databases(path)
    else if (entry.name.endsWith('.sqlite')) yield { path, bytes: sizeOf(path) }
  }
}

/** With its journal. */
const sizeOf = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0)

/** What may be copied: it stands in a temporary file, and in the journal, before it stands in the file. */
function roomIn(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return (bavail * bsize - SPARE_BYTES) / 2
}
