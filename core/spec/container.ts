// The `container` block of a DAG or a step.

import { canonical } from './canonical.ts'
import { CONTAINER_KEYS } from './fields.ts'
import { isMapField, readFields } from './keys.ts'
import { child, type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { get, type StepSource } from './step-source.ts'
import { badValue, readText } from './values.ts'

/** Text is the name of a running container; the object form has `exec` or `image`, never both. */
export function readContainerBlock(report: Report, field: Field): Record<string, unknown> | undefined {
  if (!isMapField(field)) {
    const name = readText(report, field)?.trim()
    return name ? { exec: name } : undefined
  }
  const fields = readFields(report, field, CONTAINER_KEYS, 'container')
  const [exec, image] = [fields.map.get('exec'), fields.map.get('image')]
  if (exec && image)
    badValue(
      report,
      exec,
      'and "image" are mutually exclusive',
      'exec enters a running container, image makes a new one',
    )
  if (!exec && !image)
    report.error('dag.missing', child(field.path, 'image'), field.node, 'container needs image or exec')
  if (exec && !image) {
    for (const [key, other] of fields.map) {
      if (!['exec', 'user', 'working_dir', 'env', 'shell'].includes(key))
        badValue(report, other, 'has no place with exec: the container exists already')
    }
  }
  return Object.fromEntries([...fields.map].map(([key, value]) => [key, canonical(toJson(value.node))]))
}

/** A step's own container, into its config. */
export function readContainer(report: Report, source: StepSource, config: Record<string, unknown>): void {
  const field = get(source, 'container')
  if (!field) return
  const executor = get(source, 'executor')
  if (executor) badValue(report, executor, 'and "container" cannot be used on one step')
  const script = get(source, 'script')
  if (script && !isNull(script.node))
    badValue(report, script, 'and "container" cannot be used on one step', 'give the lines as command')
  Object.assign(config, readContainerBlock(report, field))
}
