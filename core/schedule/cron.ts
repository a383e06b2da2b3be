// Five-field cron as the compatible format means it: names, lists, ranges, steps, `N/step`, `?`, and a CRON_TZ= or TZ= prefix.
// Stricter than croner itself (no seconds, no @words, no weekday 7); a parsed expression never throws later.

import { err, ok, type Result } from '../result.ts'

export interface Cron {
  /** As written, blanks squeezed, without the zone prefix. */
  expression: string
  timezone?: string
  /** The same in plain lists, for the library that computes times. */
  pattern: string
}

interface FieldRule {
  name: string
  min: number
  max: number
  words?: string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const RULES: readonly FieldRule[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of week', min: 0, max: 6, words: DAYS },
]

/** Parses one expression; the error is a sentence. */
export function parseCron(text: string): Result<Cron, string> {
  const parts = text.trim().split(/\s+/)
  const prefix = /^(?:CRON_TZ|TZ)=(.*)$/.exec(parts[0] ?? '')
  const timezone = prefix?.[1]
  const fields = prefix ? parts.slice(1) : parts
  if (timezone !== undefined && !isZone(timezone))
    return err(`invalid cron expression: unknown time zone ${JSON.stringify(timezone)}`)
  if (fields[0]?.startsWith('@'))
    return err(`invalid cron expression: descriptors like ${fields[0]} are not supported, write five fields`)
  if (fields.length !== 5)
    return err(`invalid cron expression: expected 5 fields, found ${fields.join('') === '' ? 0 : fields.length}`)
  const patterns: string[] = []
  for (const [i, rule] of RULES.entries()) {
    const field = parseField(fields[i] ?? '', rule)
    if (!field.ok) return err(`invalid cron expression: ${field.error}`)
    patterns.push(field.value)
  }
  return ok({
    expression: fields.join(' '),
    pattern: patterns.join(' '),
    ...(timezone === undefined ? {} : { timezone }),
  })
}

function parseField(text: string, rule: FieldRule): Result<string, string> {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    // Only a plain star leaves the decision to the other day field; `*/2` is a restriction like any list.
    if (/^(\*|\?)(\/1)?$/.test(part)) return ok('*')
    const found = parsePart(part, rule)
    if (!found.ok) return found
    for (const value of found.value) values.add(value)
  }
  return ok([...values].sort((a, b) => a - b).join(','))
}

function parsePart(part: string, rule: FieldRule): Result<number[], string> {
  const match = /^([^/]*)(?:\/(\d{1,4}))?$/.exec(part)
  const range = match?.[1] ?? ''
  const step = match?.[2] === undefined ? undefined : Number(match[2])
  if (!match || range === '') return err(`cannot read ${JSON.stringify(part)} as ${rule.name}`)
  if (step === 0) return err(`the step of ${rule.name} must not be 0`)
  const bounds = parseRange(range, step !== undefined, rule)
  if (!bounds.ok) return bounds
  const [low, high] = bounds.value
  const values: number[] = []
  for (let value = low; value <= high; value += step ?? 1) values.push(value)
  return ok(values)
}

function parseRange(range: string, stepped: boolean, rule: FieldRule): Result<[number, number], string> {
  if (range === '*' || range === '?') return ok([rule.min, rule.max])
  const ends = range.split('-')
  const low = parseValue(ends[0] ?? '', rule)
  const high =
    ends.length === 1 ? (stepped ? rule.max : low) : ends.length === 2 ? parseValue(ends[1] ?? '', rule) : undefined
  if (low === undefined || high === undefined)
    return err(`${JSON.stringify(range)} is no ${rule.name} (${rule.min} to ${rule.max})`)
  if (low > high) return err(`the range ${range} of ${rule.name} runs backwards`)
  return ok([low, high])
}

function parseValue(text: string, rule: FieldRule): number | undefined {
  const word = rule.words?.indexOf(text.toLowerCase()) ?? -1
  const value = word >= 0 ? word + rule.min : /^\d{1,2}$/.test(text) ? Number(text) : undefined
  return value !== undefined && value >= rule.min && value <= rule.max ? value : undefined
}

/** True for IANA names that this runtime knows. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** Fields of a fixed size, and what they start over in. Months differ in length: a step over their days is never even. */
const CYCLES = [
  { index: 0, unit: 'minutes', size: 60, within: 'hour' },
  { index: 1, unit: 'hours', size: 24, within: 'day' },
  { index: 3, unit: 'months', size: 12, within: 'year' },
] as const

/** A sentence for each step of a parsed expression that is not "every N": 33 minutes start over each hour, at 0 and 33. */
export function unevenSteps(expression: string): string[] {
  const fields = expression.split(' ')
  return CYCLES.flatMap(({ index, unit, size, within }) =>
    (fields[index] ?? '').split(',').flatMap(part => {
      const step = Number(/^[*?]\/(\d+)$/.exec(part)?.[1] ?? 1)
      if (step === 0 || size % step === 0) return []
      return `${JSON.stringify(part)} does not mean every ${step} ${unit}: it starts over each ${within}`
    }),
  )
}
