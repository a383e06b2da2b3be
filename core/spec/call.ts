// Steps that run other DAGs: call, params and parallel.

import type { EnvEntry } from './dag.ts'
import { PARALLEL_KEYS } from './fields.ts'
import { entriesOf, isMapField, readFields } from './keys.ts'
import { child, elements, type Field, isNull, toJson, toText } from './node.ts'
import type { Report } from './report.ts'
import type { ActionFields } from './step-action.ts'
import { get, type StepSource } from './step-source.ts'
import { badValue, readInteger, readText, wrongType } from './values.ts'

/** Fills call, callParams and parallel; a sub-DAG excludes a command. */
export function readCall(
  report: Report,
  source: StepSource,
  config: Record<string, unknown>,
  step: ActionFields,
): void {
  const field = get(source, 'call')
  const name = field ? readText(report, field)?.trim() : undefined
  if (field && !name) badValue(report, field, 'must name a DAG')
  if (name) step.call = name
  if (step.call === undefined && typeof config.dag === 'string') step.call = config.dag
  if (step.call !== undefined) {
    for (const key of ['command', 'script', 'exec'] as const) {
      const other = get(source, key)
      if (other)
        report.error(
          'dag.conflict',
          other.path,
          other.node,
          `call cannot be combined with ${key}`,
          'make two steps of it',
        )
    }
  }
  const params = get(source, 'params')
  if (params) step.callParams = readCallParams(report, params)
  else if (config.params !== undefined && step.call !== undefined) step.callParams = pairsOf(config.params)
  const parallel = get(source, 'parallel')
  if (!parallel) return
  const read = readParallel(report, parallel)
  if (read) step.parallel = read
  if (step.call === undefined)
    report.error('dag.missing', parallel.path, parallel.node, 'parallel needs call: it runs a DAG for each item')
}

const pairsOf = (value: unknown): string | EnvEntry[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, inner]) => ({
        name,
        value: typeof inner === 'string' ? inner : JSON.stringify(inner),
      }))
    : String(value)

function readCallParams(report: Report, field: Field): string | EnvEntry[] {
  if (isMapField(field))
    return entriesOf(field).map(({ key, field: value }) => ({ name: key, value: toText(value.node) }))
  if (field.node.kind === 'scalar') return field.node.text
  const items = elements(field)
  if (items.every(isMapField)) return items.flatMap(item => readCallParams(report, item) as EnvEntry[])
  return items
    .map(item =>
      isMapField(item)
        ? item.node.entries.map(entry => `${entry.key}=${JSON.stringify(toText(entry.value))}`).join(' ')
        : toText(item.node),
    )
    .join(' ')
}

function readParallel(report: Report, field: Field): { items: string | unknown[]; maxConcurrent?: number } | undefined {
  const fields = isMapField(field) ? readFields(report, field, PARALLEL_KEYS, 'parallel') : undefined
  const itemsAt = fields ? fields.map.get('items') : field
  const maxAt = fields?.map.get('max_concurrent')
  const maxConcurrent = maxAt ? readInteger(report, maxAt, 1, 1000) : undefined
  if (!itemsAt || isNull(itemsAt.node)) {
    report.error('dag.missing', child(field.path, 'items'), field.node, 'parallel needs items')
    return undefined
  }
  const items = itemsAt.node.kind === 'scalar' ? itemsAt.node.text : readItems(report, itemsAt)
  return { items, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) }
}

/** How many they are is looked at when the step runs, as for items of a variable: `continue_on` may cover it (semantics 26). */
function readItems(report: Report, field: Field): unknown[] {
  const items = elements(field)
  for (const item of items) {
    const isFlat =
      item.node.kind === 'scalar' ||
      (item.node.kind === 'map' && item.node.entries.every(entry => entry.value.kind === 'scalar'))
    if (!isFlat) wrongType(report, item, 'a parallel item: a scalar or a flat map')
  }
  return items.map(item => toJson(item.node))
}
