// Whether a file is another than before, by what the file system says of it. Promise: what is read of a file that somebody is just
// writing is not taken for its text: an editor empties a file before it fills it, or puts it away before the new one is there.
import { statSync } from 'node:fs'

/** So long a file has to stand still before its text counts. */
export const STILL_MS = 50
/** A file that never stands still is read all the same after so many looks. */
export const MOST_LOOKS = 10

/** Size, modification time and inode: another sign, maybe another content. '' for a file that cannot be seen. */
export function fileSign(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path)
    return `${size}:${mtimeMs}:${ino}`
  } catch {
    return ''
  }
}

/** Resolves with the sign of the file once it has stood still. */
export async function whenStill(path: string): Promise<string> {
  let sign = fileSign(path)
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    await new Promise(resolve => setTimeout(resolve, STILL_MS))
    const now = fileSign(path)
    if (now === sign) break
    sign = now
  }
  return sign
}
