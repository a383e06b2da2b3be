// Warnings about a DAG that loads but is probably not what its author means. Promise: nothing here refuses a file or changes what
// it means; each warning names the field, its line and column, and what to write instead.

import { unevenSteps } from '../schedule/cron.ts'
import { nextFire } from '../schedule/next-fire.ts'
import type { Dag, HandlerKind, ScheduleEntry, Step } from './dag.ts'
import type { Fields } from './keys.ts'
import { lintFields } from './lint-fields.ts'
import { lintValues } from './lint-values.ts'
import { elements, type Field, isNull, toText } from './node.ts'
import type { Report } from './report.ts'

/** A step or handler with the fields as they are written. */
export interface LintStep {
  step: Step
  at: Fields
  handler?: HandlerKind
}

/** One document of a file that has loaded without a problem. */
export interface LintDocument {
  /** The file's own root fields, without those of base configurations. */
  own: Fields
  dag: Dag
  steps: LintStep[]
  /** The first document: the DAG of the file, the others are called by it. */
  isRoot: boolean
}

/** Adds the warnings of one document. `nowMs` (epoch) is what one-off times are compared with; without it they are not looked at. */
export function lintDocument(report: Report, document: LintDocument, nowMs?: number): void {
  lintValues(report, document)
  lintFields(report, document)
  lintSchedule(report, document, nowMs)
}

/** A time from which every day of the calendar comes again within the years that are searched, the 29th of February too. */
const SOME_TIME = Date.UTC(2026, 0, 1)

function lintSchedule(report: Report, { own, dag, isRoot }: LintDocument, nowMs: number | undefined): void {
  const field = own.map.get('schedule')
  // Schedules of called documents are not served at all: that is another warning.
  if (!field || isNull(field.node) || !isRoot) return
  const places = scalars(field)
  for (const entry of [...dag.schedule.start, ...dag.schedule.stop, ...dag.schedule.restart]) {
    const text = entry.kind === 'cron' ? entry.expression : entry.at
    const at = places.find(place => toText(place.node).replace(/\s+/g, ' ').includes(text)) ?? field
    const message = whyNever(entry, nowMs)
    if (message !== undefined) report.warn('lint.never_fires', at.path, at.node, message)
    if (entry.kind !== 'cron') continue
    for (const uneven of unevenSteps(entry.expression)) report.warn('lint.uneven_step', at.path, at.node, uneven)
  }
}

function whyNever(entry: ScheduleEntry, nowMs: number | undefined): string | undefined {
  if (entry.kind === 'cron') {
    const isNever = nextFire(entry, SOME_TIME) === null
    return isNever ? `the schedule ${JSON.stringify(entry.expression)} never fires: no such day exists` : undefined
  }
  if (nowMs === undefined || Date.parse(entry.at) > nowMs) return undefined
  return `the one-off time ${entry.at} is over: it fires no more`
}

/** Every scalar below a field, with its path. */
function scalars(field: Field): Field[] {
  const { node, path } = field
  if (node.kind === 'scalar') return [field]
  if (node.kind === 'seq') return elements(field).flatMap(scalars)
  return node.entries.flatMap(entry => scalars({ node: entry.value, path: `${path}.${entry.key}` }))
}
