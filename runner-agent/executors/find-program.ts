// Whether a program can be started at all: a step whose program is missing ends with exit code 1 and a reason, while a shell
// that does not find a command of its text ends with 127 by itself.
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Undefined: it can be started; else why not. `path` is the PATH of the step. */
export const programProblem = (program: string, path: string | undefined, cwd: string): string | undefined => {
  if (findProgram(program, path, cwd) !== undefined) return undefined
  if (program.includes('/')) return fileProblem(program, resolve(cwd, program))
  return `program "${program}" was not found in PATH`
}

/** For so long a program is taken to be where it was found. Steps follow each other within milliseconds, and a PATH has many folders. */
const FOUND_MS = 1_000
const FOUND_MAX = 1_000
const found = new Map<string, { file: string; at: number }>()

/** The file that would be started, as execvp finds it. One that was found a moment ago is only looked at again. */
const findProgram = (program: string, path: string | undefined, cwd: string): string | undefined => {
  const key = [program, path ?? DEFAULT_PATH, cwd].join('\0')
  const now = performance.now()
  const known = found.get(key)
  if (known !== undefined && now - known.at < FOUND_MS && fileProblem(program, known.file) === undefined)
    return known.file
  if (found.size >= FOUND_MAX) found.clear()
  const file = searchProgram(program, path, cwd)
  if (file === undefined) found.delete(key)
  else found.set(key, { file, at: now })
  return file
}

const searchProgram = (program: string, path: string | undefined, cwd: string): string | undefined => {
  const files = program.includes('/')
    ? [resolve(cwd, program)]
    : (path ?? DEFAULT_PATH).split(delimiter).map(folder => join(resolve(cwd, folder), program))
  return files.find(file => fileProblem(program, file) === undefined)
}

/**
 * Whether the kernel itself starts it. A text without `#!` is run by the shell that was told to start it, so that shell must be there.
 */
export const startsByItself = (program: string, path: string | undefined, cwd: string): boolean => {
  const file = findProgram(program, path, cwd)
  if (file === undefined) return false
  try {
    const fd = openSync(file, 'r')
    try {
      const head = Buffer.alloc(4)
      readSync(fd, head, 0, 4, 0)
      return head.toString('latin1', 0, 2) === '#!' || head.toString('latin1') === '\x7fELF'
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}

/** What execvp looks at where there is no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin'

const fileProblem = (program: string, file: string): string | undefined => {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return `program "${program}" does not exist`
  if (stat.isDirectory()) return `program "${program}" is a directory`
  try {
    accessSync(file, constants.X_OK)
    return undefined
  } catch {
    return `program "${program}" may not be executed`
  }
}
