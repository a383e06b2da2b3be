// Room that deleted rows have left in the SQLite files of the control plane, given back to the disk before the files are served.
// Promise: a file changes as a whole or not at all, whatever ends the process meanwhile; none is touched that anybody else has open; a
// start is not held up for long. What cannot be done is left for the next start.
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

const MB = 1024 * 1024
/** Less than that in a file is filled again soon. */
const LEAST_FREE_BYTES = MB
/** What is copied at one start: a second or two on an ordinary disk. */
const MOST_COPIED_BYTES = 256 * MB
const SPARE_BYTES = 16 * MB

type Database = typeof DatabaseSync

/** Compacts the files that have more to give than a quarter of what they keep; answers how many bytes the folder has shrunk by. */
export async function compactFiles(dataDir: string, leastFree = LEAST_FREE_BYTES): Promise<number> {
  const Database = await import('node:sqlite').then(
    module => module.DatabaseSync,
    () => null,
  )
  if (Database === null) return 0
  const files = [...databases(dataDir)].filter(({ bytes }) => bytes >= leastFree).sort((a, b) => b.bytes - a.bytes)
  let left = MOST_COPIED_BYTES
  let freed = 0
  for (const { path, bytes } of files) {
    left -= compact(Database, path, { leastFree, mostCopied: Math.min(left, roomIn(dataDir)) })
    freed += bytes - sizeOf(path)
  }
  return freed
}

/** Answers how much was copied. A file that is in use, or broken, is left as it is. */
function compact(Database: Database, path: string, o: { leastFree: number; mostCopied: number }): number {
  let db: DatabaseSync | undefined
  try {
    db = new Database(path)
    // Taken with the first look, and refused while another connection is open.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    const read = (name: string): number => Number(Object.values(db!.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0)
    const pageBytes = read('page_size')
    const free = read('freelist_count') * pageBytes
    const kept = read('page_count') * pageBytes - free
    if (free < o.leastFree || free < kept / 4 || kept > o.mostCopied) return 0
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

/** What may be copied: it stands in the journal before it stands in the file. */
function roomIn(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return (bavail * bsize - SPARE_BYTES) / 2
}
