// The `schedule` field: cron texts, lists, start/stop/restart maps and one-off entries, normalised to entries that cannot fail later.

import { parseCron } from '../schedule/cron.ts'
import type { ScheduleEntry, ScheduleSpec } from './dag.ts'
import { SCHEDULE_ENTRY_KEYS, SCHEDULE_KEYS } from './fields.ts'
import { readFields } from './keys.ts'
import { elements, type Field, isBlank } from './node.ts'
import type { Report } from './report.ts'
import { badValue, readString, readWord, wrongType } from './values.ts'

/** Reads every form; absent, null and empty text are an empty schedule. */
export function readSchedule(report: Report, field: Field | undefined): ScheduleSpec {
  const spec: ScheduleSpec = { start: [], stop: [], restart: [] }
  if (!field || isBlank(field.node)) return spec
  if (field.node.kind !== 'map') {
    spec.start = readEntries(report, field, true)
    return spec
  }
  const fields = readFields(report, field, SCHEDULE_KEYS, 'schedule')
  for (const key of ['start', 'stop', 'restart'] as const) {
    const at = fields.map.get(key)
    if (at) spec[key] = readEntries(report, at, key === 'start')
  }
  return spec
}

function readEntries(report: Report, field: Field, allowsAt: boolean): ScheduleEntry[] {
  return elements(field).flatMap(item => {
    if (item.node.kind === 'map') return readEntry(report, item, allowsAt) ?? []
    if (item.node.kind !== 'scalar' || typeof item.node.value !== 'string') {
      return wrongType(report, item, 'a cron schedule in quotes', 'write it like "0 2 * * *"') ?? []
    }
    return item.node.value.trim() === '' ? [] : (cronEntry(report, item, item.node.value) ?? [])
  })
}

function readEntry(report: Report, field: Field, allowsAt: boolean): ScheduleEntry | undefined {
  const before = report.problems.length
  const fields = readFields(report, field, SCHEDULE_ENTRY_KEYS, 'a schedule entry')
  const [expressionAt, atAt] = [fields.map.get('expression'), fields.map.get('at')]
  const kind =
    readWord(report, fields.map.get('kind'), ['cron', 'at'] as const) ?? (atAt && !expressionAt ? 'at' : 'cron')
  if (report.problems.length > before) return undefined
  if (kind === 'at') {
    if (expressionAt) return badValue(report, expressionAt, 'has no place in a one-off entry: it takes only "at"')
    if (!allowsAt)
      return badValue(report, atAt ?? field, 'is allowed under start only: stop and restart take cron expressions')
    if (!atAt) return missing(report, field, 'at')
    if (isBlank(atAt.node)) return missing(report, field, 'at')
    const at = readString(report, atAt)
    return at === undefined ? undefined : atEntry(report, atAt, at)
  }
  if (atAt) return badValue(report, atAt, 'and "expression" cannot be used together')
  if (!expressionAt || isBlank(expressionAt.node)) return missing(report, field, 'expression')
  const text = readString(report, expressionAt)
  return text === undefined ? undefined : cronEntry(report, expressionAt, text)
}

function missing(report: Report, field: Field, key: string): undefined {
  report.error('dag.missing', field.path, field.node, `a schedule entry needs ${JSON.stringify(key)}`)
  return undefined
}

function cronEntry(report: Report, field: Field, text: string): ScheduleEntry | undefined {
  const cron = parseCron(text)
  if (!cron.ok) {
    report.error(
      'dag.bad_schedule',
      field.path,
      field.node,
      cron.error,
      'five fields: minute hour day-of-month month day-of-week',
    )
    return undefined
  }
  const { expression, timezone } = cron.value
  return { kind: 'cron', expression, ...(timezone === undefined ? {} : { timezone }) }
}

function atEntry(report: Report, field: Field, text: string): ScheduleEntry | undefined {
  const hint = 'write it like 2026-03-29T09:30:00+09:00'
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!match || Number.isNaN(Date.parse(text))) {
    return badValue(report, field, 'is invalid: an RFC 3339 time with an offset or Z is needed', hint)
  }
  // Date.parse reads February 30 and 24:00 as the day after: nobody means that.
  if (match[2] === '24' || !isDate(match[1] ?? ''))
    return badValue(report, field, 'is invalid: there is no such day or hour', hint)
  if (match[4] !== '00') return badValue(report, field, 'must be a whole minute: its seconds have to be :00', hint)
  return { kind: 'at', at: text }
}

const isDate = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
