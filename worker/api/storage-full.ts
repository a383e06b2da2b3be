// A disk that is full. Promise: what could not be stored has not happened, and the user is told why and what to do.
import type { ApiDeps } from './deps.ts'

export const STORAGE_FULL =
  'the disk that holds the state of the control plane is full: nothing was changed; free some space and try again'

/** Asked of the host of the folder of DAG files, which sees the disk: `{ full: boolean }`. */
const DISK = 'http://folder/.disk/'

/**
 * SQLite's own words, where they arrive (https://www.sqlite.org/rescode.html#full). The runtime answers most failures of a commit with
 * `internal error; reference = ...` only, so then the host is asked.
 */
export async function isStorageFull(deps: Pick<ApiDeps, 'dagFolder'>, error: unknown): Promise<boolean> {
  const { message } = error instanceof Error ? error : new Error(String(error))
  if (/SQLITE_FULL|ENOSPC/.test(message)) return true
  return message.includes('internal error') && (await isDiskFull(deps))
}

/** What the host says of its disk; false where there is no host, and where it does not know. */
export async function isDiskFull({ dagFolder }: Pick<ApiDeps, 'dagFolder'>): Promise<boolean> {
  if (dagFolder === undefined) return false
  try {
    const answer = await dagFolder.fetch(new Request(DISK, { method: 'POST' }))
    return answer.ok && ((await answer.json()) as { full: boolean }).full
  } catch {
    return false
  }
}
