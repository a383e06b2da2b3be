// Making the folders that DAG files name. Node's own `mkdirSync(path, { recursive: true })` never returns where the parent is there and
// nothing can be made in it (`/proc/x`): it takes ENOENT for a missing parent for ever, and the agent with it.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Makes a folder and those above it; does nothing where it is there. Throws what the system says (EACCES, ENOENT, ENOTDIR, EEXIST for a file). */
export function makeFolder(path: string, mode?: number): void {
  // A look costs less than a mkdir that fails.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const missing: string[] = []
  let at = resolve(path)
  while (!makeOne(at, mode)) {
    missing.push(at)
    at = dirname(at)
  }
  for (const each of missing.reverse()) makeOne(each, mode)
}

/** False: the folder above it is missing. */
function makeOne(path: string, mode: number | undefined): boolean {
  try {
    mkdirSync(path, mode)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return true
    if (codeOf(error) === 'ENOENT' && !existsSync(dirname(path))) return false
    throw error
  }
}
