// Collects every problem of a load, so that an author sees all of them at once and not one per try.

import type { Problem } from '../result.ts'
import { placeOf, type Source } from './node.ts'

/** A place to blame: a field, or an entry's key. */
export interface Place {
  source: Source
  offset: number
}

const LIMIT = 100

export class Report {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []
  #seen = new Set<string>()

  /** Records a problem of the file; more than 100 are not collected, nor the same one twice. */
  error(code: string, path: string, place: Place | undefined, message: string, hint?: string): void {
    this.#add(this.problems, code, path, place, message, hint)
  }

  warn(code: string, path: string, place: Place | undefined, message: string, hint?: string): void {
    this.#add(this.warnings, code, path, place, message, hint)
  }

  /** True when further problems are not collected: looking for hints is pointless then. */
  get full(): boolean {
    return this.problems.length >= LIMIT
  }

  get failed(): boolean {
    return this.problems.length > 0
  }

  #add(list: Problem[], code: string, path: string, place: Place | undefined, message: string, hint?: string): void {
    const where = place ? placeOf(place.source, place.offset) : undefined
    const name = place?.source.label
    const label = name && !message.includes(name) ? ` (in the ${name})` : ''
    const key = `${code}|${path}|${where?.line}|${where?.column}|${message}`
    if (list.length >= LIMIT || this.#seen.has(key)) return
    this.#seen.add(key)
    const short = message.length > 400 ? `${message.slice(0, 397)}...` : message
    list.push({ code, message: short + label, ...(path ? { path } : {}), ...where, ...(hint ? { hint } : {}) })
  }
}

/** One line of text for a problem, as lists of errors show it. */
export function problemText(problem: Problem): string {
  const where = problem.line === undefined ? '' : `line ${problem.line}, column ${problem.column}: `
  const field = problem.path ? `field '${problem.path}': ` : ''
  return `${where}${field}${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`
}
