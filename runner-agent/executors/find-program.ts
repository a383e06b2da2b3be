// Whether a program can be started at all: a step whose program is missing ends with exit code 1 and a reason, while a shell
// that does not find a command of its text ends with 127 by itself.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/** Undefined: it can be started; else why not. `path` is the PATH of the step. */
export const programProblem = (program: string, path: string | undefined, cwd: string): string | undefined => {
  if (program.includes('/')) return fileProblem(program, isAbsolute(program) ? program : resolve(cwd, program))
  for (const folder of (path ?? DEFAULT_PATH).split(delimiter))
    if (fileProblem(program, join(resolve(cwd, folder), program)) === undefined) return undefined
  return `program "${program}" was not found in PATH`
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
