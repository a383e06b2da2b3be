// The `steps` field in its three shapes (list, list with nested lists, map), flattened in plan order.

import { STEP_KEYS } from './fields.ts'
import { entriesOf, type Fields, isMapField, readFields } from './keys.ts'
import { child, type Field, isNull } from './node.ts'
import type { Report } from './report.ts'
import type { StepSource } from './step-source.ts'
import { wrongType } from './values.ts'

export const STEP_LIMIT = 5000

export interface StepList {
  sources: StepSource[]
  /** Steps of a map have no order of their own, so a chain makes no edges between them. */
  isMap: boolean
}

/** Flattens the field; items of a nested list share a group number. `defaults` are the file's, weakest first. */
export function readStepList(report: Report, field: Field | undefined, defaults: Fields[]): StepList {
  if (!field || isNull(field.node)) return { sources: [], isMap: false }
  if (isMapField(field)) {
    const entries = entriesOf(field).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    const sources = entries.map((entry, i) => ({
      ...sourceOf(report, entry.field, defaults, i + 1, i),
      givenName: entry.key,
    }))
    return { sources: limited(report, field, sources), isMap: true }
  }
  if (field.node.kind !== 'seq') {
    wrongType(report, field, 'a list or a map of steps')
    return { sources: [], isMap: false }
  }
  const sources: StepSource[] = []
  for (const [group, node] of field.node.items.entries()) {
    const path = `${field.path}[${group}]`
    const items =
      node.kind === 'seq' ? node.items.map((item, i) => ({ node: item, path: `${path}[${i}]` })) : [{ node, path }]
    for (const item of items) {
      if (item.node.kind === 'seq') wrongType(report, item, 'a step: groups do not nest deeper')
      else if (isNull(item.node)) wrongType(report, item, 'a step', 'take the empty item out of the list')
      else sources.push(sourceOf(report, item, defaults, sources.length + 1, group))
    }
  }
  return { sources: limited(report, field, sources), isMap: false }
}

function limited(report: Report, field: Field, sources: StepSource[]): StepSource[] {
  if (sources.length <= STEP_LIMIT) return sources
  const hint = 'use sub-DAGs, or parallel over items'
  report.error(
    'dag.too_many_steps',
    field.path,
    field.node,
    `${sources.length} steps; at most ${STEP_LIMIT} are allowed`,
    hint,
  )
  return sources.slice(0, STEP_LIMIT)
}

/** A text is a step with that command. */
export function sourceOf(
  report: Report,
  field: Field,
  defaults: Fields[],
  position: number,
  group: number,
): StepSource {
  if (field.node.kind === 'scalar' && typeof field.node.value === 'string') {
    const own: Fields = { node: field.node, path: field.path, map: new Map([['command', field]]) }
    return { own, defaults, position, group }
  }
  return { own: readFields(report, field, STEP_KEYS, 'the step'), defaults, position, group }
}

export const pathOf = (source: StepSource, key: string): string => child(source.own.path, key)
