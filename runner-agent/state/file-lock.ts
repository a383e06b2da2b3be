// A lock file that names its holder. Promise: of all who take it at once exactly one gets it, also when its last holder has died
// without a word; a living holder never loses it.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { err, ok, type Result } from '@edgedag/core/result'

/**
 * Puts `mine` into the file, or answers the text of the one that `isHeld`. The text is complete at once: it is linked into place, which
 * fails where a file is. Whoever finds a dead holder's file has to become the only heir first; only the heir replaces it, in one step.
 */
export function takeFileLock(path: string, mine: string, isHeld: (text: string) => boolean): Result<void, string> {
  const temporary = `${path}.${process.pid}`
  const heir = `${path}.heir`
  writeFileSync(temporary, mine, { mode: 0o600 })
  try {
    for (;;) {
      if (tryLink(temporary, path)) return ok(undefined)
      const holder = tryRead(path)
      if (holder === undefined) continue
      if (isHeld(holder)) return err(holder)
      if (!tryLink(temporary, heir)) {
        const other = tryRead(heir)
        if (other !== undefined && isHeld(other)) return err(other)
        // It died between two system calls.
        if (other !== undefined) tryUnlink(heir)
        continue
      }
      const still = tryRead(path)
      if (still !== undefined && !isHeld(still)) {
        renameSync(heir, path)
        return ok(undefined)
      }
      tryUnlink(heir)
    }
  } finally {
    tryUnlink(temporary)
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The file's text; undefined: there is none. */
export function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

export function tryUnlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already.
  }
}
