// Which executor a step is for: its `type`, `executor` or `action` as written, else what its other fields and the file's blocks say.

import { canonical } from './canonical.ts'
import { EXECUTOR_KEYS } from './fields.ts'
import { isMapField, nearest, readFields } from './keys.ts'
import { type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import type { ActionFields, TypeDefaults } from './step-action.ts'
import { get, has, type StepSource } from './step-source.ts'
import { findAction, STEP_TYPES } from './step-type-table.ts'
import { badValue, readText, wrongType } from './values.ts'

/** The type of a step that names none, in the order of the format: its own fields, then the file's default blocks. */
export function inferType(source: StepSource, step: ActionFields, defaults: TypeDefaults): string {
  if (step.call !== undefined) return 'dag'
  if (has(source, 'routes')) return 'router'
  if (has(source, 'container')) return 'docker'
  if (step.exec !== undefined) return 'command'
  if (has(source, 'messages')) return 'chat'
  const hasAgent = source.own.map.has('agent') || source.template?.map.has('agent')
  if (hasAgent && !has(source, 'command') && !has(source, 'script')) return 'agent'
  const isEmpty =
    !['command', 'script', 'run', 'with', 'config'].some(key => has(source, key)) && step.commands.length === 0
  if (isEmpty && (get(source, 'output')?.node.kind === 'map' || has(source, 'approval'))) return 'noop'
  if (defaults.container) return 'container'
  if (defaults.ssh) return 'ssh'
  if (defaults.redis) return 'redis'
  return defaults.harness ? 'harness' : 'command'
}

/** `type`, `executor` (text or `{type, config}`) or `action`; an unknown one is an error. */
export function readType(
  report: Report,
  source: StepSource,
  config: Record<string, unknown>,
  step: ActionFields,
): string | undefined {
  const action = get(source, 'action')
  if (action) return readActionName(report, action, config, step)
  const executor = get(source, 'executor')
  const typeAt = get(source, 'type')
  if (typeAt && executor) badValue(report, executor, 'and "type" cannot be used together', 'use type and with')
  let at = typeAt
  if (!at && executor) {
    const fields = isMapField(executor) ? readFields(report, executor, EXECUTOR_KEYS, 'executor') : undefined
    at = fields ? fields.map.get('type') : executor
    const configAt = fields?.map.get('config')
    if (configAt && isMapField(configAt)) Object.assign(config, canonical(toJson(configAt.node)))
    else if (configAt && !isNull(configAt.node)) wrongType(report, configAt, 'a map')
  }
  if (!at) return undefined
  const name = readText(report, at)?.trim()
  if (!name) return undefined
  if (STEP_TYPES.has(name)) return name
  const hint = nearest(name, STEP_TYPES.keys()) ?? 'declare your own types under step_types'
  report.error('dag.unknown_type', at.path, at.node, `unknown step type ${JSON.stringify(name)}`, hint)
  return 'command'
}

function readActionName(
  report: Report,
  field: Field,
  config: Record<string, unknown>,
  step: ActionFields,
): string | undefined {
  const name = readText(report, field)?.trim() ?? ''
  const action = findAction(name)
  if (!action) {
    report.error('dag.unknown_type', field.path, field.node, `unknown action ${JSON.stringify(name)}`)
    return undefined
  }
  if (action.operation !== undefined) {
    if (action.type === 'redis') config.command = action.operation
    else step.commands = [action.operation]
  }
  return action.type
}
