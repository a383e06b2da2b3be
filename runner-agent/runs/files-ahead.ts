// Empty files of the next item of a plan, made while the one before it runs. To create a file is the dearest thing that the start
// of a step does, and while a process runs this host has time. Promise: what is not used is taken away again.
import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { statePath } from '../process/step-files.ts'
import type { StepFiles } from './step-files.ts'

export class FilesAhead {
  #record = ''
  #paths: string[] = []

  /** Makes them; a step of several processes may ask several times. What cannot be made now is made when it is needed. */
  make({ dir, stdout, stderr, alone }: StepFiles): void {
    const record = statePath(dir)
    if (this.#record === record) return
    this.#record = record
    this.#paths = [...new Set([record, alone?.stdout ?? stdout, alone?.stderr ?? stderr])].filter(isMade)
  }

  /** The plan is over: takes away what no step has begun to use. */
  remove(): void {
    if (sizeOf(this.#record) === 0)
      for (const path of this.#paths) if (sizeOf(path) === 0) rmSync(path, { force: true })
    this.#paths = []
  }
}

const isMade = (path: string): boolean => {
  try {
    closeSync(openSync(path, 'ax'))
    return true
  } catch {
    return false
  }
}

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size
