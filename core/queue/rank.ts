// Order in a queue as a text key. Promise: between any two keys there is room for another, so a reorder writes one row; keys compare
// as plain text, in SQLite as here.

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const BASE = DIGITS.length
const TIME_DIGITS = 9
const COUNT_DIGITS = 7

/** Runs of high priority count as if they had come so much earlier: nobody is overtaken for longer. */
export const HIGH_PRIORITY_HEAD_START_MS = 3_600_000

export type Priority = 'high' | 'low'

/**
 * Key of an arrival: by time (epoch ms), then by `count`. High priority is a head start, so that waiting itself ages a run past later
 * ones of high priority.
 */
export function arrivalRank(atMs: number, count: number, priority: Priority): string {
  const virtual = Math.max(0, atMs - (priority === 'high' ? HIGH_PRIORITY_HEAD_START_MS : 0))
  // The last digit is no 0: keys are read as fractions, where a 0 at the end would change nothing.
  return `${Math.floor(virtual).toString(BASE).padStart(TIME_DIGITS, '0')}${count.toString(BASE).padStart(COUNT_DIGITS, '0')}i`
}

/** A key after `before` (null: first of all) and ahead of `after`; null: right behind `before`, so that later arrivals come after it. */
export function rankBetween(before: string | null, after: string | null): string {
  const low = before ?? ''
  if (after === null) return `${low}i`
  let high: string | null = after
  let key = ''
  for (let i = 0; ; i++) {
    const from = digitAt(low, i)
    const to = high === null ? BASE : digitAt(high, i)
    const middle = (from + to) >> 1
    if (middle > from) return key + DIGITS[middle]
    key += DIGITS[from]
    // From here on everything that is above `low` is below `high`.
    if (to > from) high = null
  }
}

const digitAt = (key: string, i: number): number => (i < key.length ? DIGITS.indexOf(key[i]!) : 0)
