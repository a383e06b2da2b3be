// `concurrency` and `priority` of a DAG: how its runs share, and how they queue.
import type { Dag } from './dag.ts'
import { CONCURRENCY_KEYS } from './fields.ts'
import { type Layers, readBlock } from './keys.ts'
import type { Report } from './report.ts'
import { badValue, readInteger, readText, readWord } from './values.ts'

/** Runs whose expanded key is the same exclude each other; the default key is one for the whole DAG. */
export function readConcurrency(report: Report, layers: Layers): Pick<Dag, 'concurrency' | 'priority'> {
  const priority = readWord(report, layers.get('priority'), ['high', 'low'] as const)
  const at = layers.get('concurrency')
  const fields = readBlock(report, at, CONCURRENCY_KEYS, 'concurrency')
  if (!fields) return priority === undefined ? {} : { priority }
  const keyAt = fields.map.get('key')
  const key = readText(report, keyAt)
  const limit = readInteger(report, fields.map.get('limit'), 1) ?? 1
  const onConflict = readWord(report, fields.map.get('on_conflict'), ['queue', 'cancel', 'skip'] as const) ?? 'queue'
  if (keyAt && /`|\$\(/.test(key ?? ''))
    badValue(report, keyAt, 'must not run commands', 'name parameters instead, for example "${TENANT}"')
  return {
    ...(priority === undefined ? {} : { priority }),
    concurrency: { key: key ?? '', limit, onConflict },
  }
}
