// Room on the disk of the state folder.
import { statfsSync } from 'node:fs'

/** Less than that, and SQLite cannot be relied on to commit: its journal of one transaction may need as much. */
const LEAST_BYTES = 1024 * 1024

/** False also where the disk cannot be asked. */
export function isDiskFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < LEAST_BYTES
  } catch {
    return false
  }
}
