// How expected and actual values are compared; the rules are those of the cases' READMEs.
import { isDeepStrictEqual } from 'node:util'

const trimmed = (text: string): string => text.replace(/\n+$/, '')

/** Text: equal after trailing newlines; `re:` is a regular expression; `absent:` wants nothing there. Answers what differs, or null. */
export function compareText(what: string, expected: unknown, actual: string | undefined | null): string | null {
  if (expected === 'absent:' || expected === null)
    return actual === undefined || actual === null ? null : `${what}: expected nothing, got ${show(actual)}`
  const wanted = String(expected)
  const have = trimmed(actual ?? '')
  if (wanted.startsWith('re:')) {
    return new RegExp(wanted.slice(3), 's').test(have) ? null : `${what}: ${show(have)} does not match ${wanted}`
  }
  return trimmed(wanted) === have ? null : `${what}: expected ${show(wanted)}, got ${show(actual)}`
}

export const show = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/**
 * Gives each of `wanted` one of `have` that fits, each at most once, and as many of them as can be (augmenting paths: who was
 * served first steps aside for one that has no other choice). Answers the partner of each, or -1.
 */
export function pairUp(wanted: number, have: number, fits: (i: number, j: number) => boolean): number[] {
  const takenBy = new Array<number>(have).fill(-1)
  const serve = (i: number, tried: Set<number>): boolean => {
    for (let j = 0; j < have; j += 1) {
      if (tried.has(j) || !fits(i, j)) continue
      tried.add(j)
      if (takenBy[j]! >= 0 && !serve(takenBy[j]!, tried)) continue
      takenBy[j] = i
      return true
    }
    return false
  }
  for (let i = 0; i < wanted; i += 1) serve(i, new Set())
  return Array.from({ length: wanted }, (_, i) => takenBy.indexOf(i))
}

/** Parsed values as a subset: every expected key matches, extra actual ones are fine; lists match in length, in any order. */
export function isSubset(expected: unknown, actual: unknown): boolean {
  if (typeof expected === 'string' && expected.startsWith('re:'))
    return new RegExp(expected.slice(3), 's').test(String(actual))
  if (expected === 'absent:') return actual === undefined
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return false
    const open = expected[0] === '...'
    const wanted = open ? expected.slice(1) : expected
    if (!open && wanted.length !== actual.length) return false
    return pairUp(wanted.length, actual.length, (i, j) => isSubset(wanted[i], actual[j])).every(at => at >= 0)
  }
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object') return false
    return Object.entries(expected).every(([key, value]) => isSubset(value, (actual as Record<string, unknown>)[key]))
  }
  return isDeepStrictEqual(expected, actual)
}

/** Gist of an error: case-insensitive regular expression. */
export const matchesGist = (pattern: string, text: string): boolean => new RegExp(pattern, 'is').test(text)
