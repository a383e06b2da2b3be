// Row cases: pure functions of the language, one row an example. A kind that is not built yet says so.
import { isDeepStrictEqual } from 'node:util'
import { matchesSelector } from '@edgedag/core/run/placement/selector'
import { nextFires } from '@edgedag/core/schedule/next-fire'
import type { ScheduleEntry, ScheduleSpec } from '@edgedag/core/spec/dag'
import { type LoadOptions, loadDags } from '@edgedag/core/spec/load'
import { stringify } from 'yaml'
import type { LoadedCase } from './case-file.ts'
import { matchesGist, show } from './compare.ts'
import { missedRow, nextListingRow, planRow, retryDecisionRow } from './schedule-rows.ts'

type Row = Record<string, unknown>

const load = (fields: Row, options: LoadOptions = {}) =>
  loadDags(stringify({ ...fields, steps: [{ name: 'a', command: 'true' }] }), { fileName: 'row', ...options })

const words = (problems: { message: string; hint?: string }[]): string =>
  problems.map(p => `${p.message} ${p.hint ?? ''}`).join('\n')

function next(row: Row, c: LoadedCase): string | null {
  const loaded = load({ schedule: row.schedule })
  if (!loaded.ok) return `schedule ${show(row.schedule)} does not load: ${words(loaded.error)}`
  const wanted = (row.next as string[]).map(t => Date.parse(t))
  const zone = String(row.timezone ?? c.timezone ?? 'UTC')
  const from = Date.parse(String(row.from))
  const have = nextFires(loaded.value.dag.schedule.start, from, zone, Math.max(1, wanted.length))
  const same = wanted.length === 0 ? have.length === 0 : isDeepStrictEqual(have, wanted)
  return same
    ? null
    : `next of ${show(row.schedule)}: expected ${show(row.next)}, got ${show(have.map(t => new Date(t).toISOString()))}`
}

const entryText = (e: ScheduleEntry): unknown =>
  e.kind === 'at' ? { at: e.at } : `${e.timezone ? `CRON_TZ=${e.timezone} ` : ''}${e.expression}`

function parseRow(row: Row): string | null {
  const loaded = load({ schedule: row.schedule })
  if (row.load_error !== undefined) {
    if (loaded.ok) return `${show(row.schedule)} loads, it must be refused`
    return matchesGist(String(row.load_error), words(loaded.error))
      ? null
      : `${words(loaded.error)} does not match ${row.load_error}`
  }
  if (!loaded.ok) return `${show(row.schedule)} does not load: ${words(loaded.error)}`
  for (const list of ['start', 'stop', 'restart'] as const) {
    const have = (loaded.value.dag.schedule as ScheduleSpec)[list].map(entryText)
    const wanted = (row[list] ?? []) as unknown[]
    if (!isDeepStrictEqual(normalised(have), normalised(wanted)))
      return `${list} of ${show(row.schedule)}: expected ${show(wanted)}, got ${show(have)}`
  }
  return null
}

const normalised = (entries: unknown[]) =>
  entries.map(e =>
    typeof e === 'object' && e !== null ? Date.parse((e as { at: string }).at) : String(e).replace(/^TZ=/, 'CRON_TZ='),
  )

const camel = (field: string): string => field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function loadRow(row: Row, c: LoadedCase): string | null {
  const field = String(row.field ?? c.field)
  const loaded = load({ [field]: row.value })
  if (row.load_error !== undefined) {
    if (loaded.ok) return `${field}: ${show(row.value)} loads, it must be refused`
    return matchesGist(String(row.load_error), words(loaded.error))
      ? null
      : `${words(loaded.error)} does not match ${row.load_error}`
  }
  if (!loaded.ok) return `${field}: ${show(row.value)} does not load: ${words(loaded.error)}`
  const dag = loaded.value.dag as unknown as Row
  if (row.becomes_seconds !== undefined) {
    const have = dag[`${camel(field)}Sec`]
    return have === row.becomes_seconds
      ? null
      : `${field}: ${show(row.value)}: expected ${row.becomes_seconds} s, got ${show(have)}`
  }
  if (row.becomes === undefined) return null
  const have = snake(dag[camel(field)])
  const wanted = row.becomes
  const same =
    wanted !== null && typeof wanted === 'object' ? contains(have, wanted) : isDeepStrictEqual(have ?? null, wanted)
  return same ? null : `${field}: ${show(row.value)}: expected ${show(wanted)}, got ${show(have)}`
}

/** What is off (0, false, null) may be absent in the normalised form. */
const offAsNull = (value: unknown): unknown => value || null

const contains = (have: unknown, wanted: object): boolean =>
  Object.entries(wanted).every(([k, v]) => isDeepStrictEqual(offAsNull((have as Row | undefined)?.[k]), offAsNull(v)))

function snake(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k.replace(/[A-Z]/g, l => `_${l.toLowerCase()}`), snake(v)]),
  )
}

/** Loads without errors; the warnings, or that there are none. */
function warningRow(row: Row, c: LoadedCase): string | null {
  const field = row.field ?? c.field
  const fields = field === undefined ? ((row.dag ?? row.value ?? c.dag ?? {}) as Row) : { [String(field)]: row.value }
  const loaded = load(fields, { lint: {} })
  if (!loaded.ok) return `${show(fields)} does not load: ${words(loaded.error)}`
  const warnings = words(loaded.value.warnings)
  if (row.warning === null || row.warning === undefined)
    return warnings === '' ? null : `${show(fields)}: unexpected warning ${warnings}`
  return matchesGist(String(row.warning), warnings)
    ? null
    : `${show(fields)}: ${show(warnings)} does not match ${row.warning}`
}

/** Labels and selectors hold text, whatever it looks like. */
const texts = (pairs: object | null | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(pairs ?? {}).map(([key, value]) => [key, String(value)]))

const matchRow = (row: Row): string | null => {
  const { labels, selector, match } = row as {
    labels?: object
    selector?: object | 'local' | null
    match: boolean
  }
  const wanted = selector === 'local' ? selector : texts(selector)
  return matchesSelector(texts(labels), wanted) === match
    ? null
    : `labels ${show(labels)} and selector ${show(selector)}: expected ${match ? 'a match' : 'none'}`
}

const KINDS: Record<string, (row: Row, c: LoadedCase) => string | null> = {
  next,
  parse: parseRow,
  load_rows: loadRow,
  load_warnings: warningRow,
  match: matchRow,
  next_listing: nextListingRow,
  missed: missedRow,
  plan: planRow,
  retry_decision: retryDecisionRow,
}

export const canRunRows = (kind: string): boolean => kind in KINDS

/** What differs in any row; empty means passed. */
export function runRows(c: LoadedCase): string[] {
  const check = KINDS[c.kind ?? '']
  if (!check) throw new Error(`rows of kind ${c.kind} are not understood`)
  return (c.rows ?? []).map(row => check(row, c)).filter(line => line !== null)
}
