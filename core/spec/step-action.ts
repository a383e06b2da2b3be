// What a step does: command, script, exec, call or a typed executor with its config, out of every spelling there has been.

import type { EnvEntry, Step } from './dag.ts'
import { CONFIG_ALIASES, CONTAINER_KEYS, EXEC_KEYS, EXECUTOR_KEYS, PARALLEL_KEYS } from './fields.ts'
import { entriesOf, isMapField, nearest, readBlock, readFields } from './keys.ts'
import { child, elements, type Field, isNull, type ScalarNode, toJson, toText } from './node.ts'
import type { Report } from './report.ts'
import { get, has, type StepSource } from './step-source.ts'
import { findAction, STEP_TYPES, type StepType } from './step-type-table.ts'
import { badValue, readInteger, readString, readText, readTexts, wrongType } from './values.ts'

export interface Action {
  type: StepType
  /** The type as written, for generated names; absent when inferred. */
  writtenType?: string
  config: Record<string, unknown>
  step: Pick<Step, 'commands'> & Partial<Pick<Step, 'script' | 'exec' | 'call' | 'callParams' | 'parallel'>>
}

/** Root blocks that decide the type of steps without one. */
export interface TypeDefaults {
  container: boolean
  ssh: boolean
  redis: boolean
  harness: boolean
  /** Names of the file's further documents, to tell an old `run: child` from a command. */
  localDags: ReadonlySet<string>
}

/** Reads the action and its type. */
export function readAction(report: Report, source: StepSource, defaults: TypeDefaults): Action {
  const config: Record<string, unknown> = {}
  const step: Action['step'] = { commands: [] }
  const written = readType(report, source, config, step)
  readConfig(report, source, config)
  for (const key of ['llm', 'messages', 'tools'] as const) {
    const field = get(source, key)
    if (field) config[key] = canonical(toJson(field.node))
  }
  readContainer(report, source, config)
  readExec(report, source, step)
  readRun(report, source, step, defaults)
  readCall(report, source, config, step)
  const type = STEP_TYPES.get(written ?? inferType(source, step, defaults)) ?? STEP_TYPES.get('command')
  if (!type) throw new Error('the table of step types lacks command')
  readCommand(report, source, type, step)
  if (type.name === 'agent') config.agent = agentOf(source)
  const isEmpty = step.commands.length === 0 && step.script === undefined && step.exec === undefined
  const publishes = get(source, 'output')?.node.kind === 'map' || has(source, 'approval')
  const isNoop = written === undefined && type.name === 'command' && isEmpty && publishes
  const resolved = isNoop ? (STEP_TYPES.get('noop') ?? type) : type
  return { type: resolved, config, step, ...(written === undefined ? {} : { writtenType: written }) }
}

/** Defaults, template and step by subfield, the step's own strongest. */
function agentOf(source: StepSource): Record<string, unknown> {
  const blocks = [...source.defaults, source.template, source.own].flatMap(layer => layer?.map.get('agent') ?? [])
  return Object.assign({}, ...blocks.map(block => canonical(toJson(block.node)) ?? {})) as Record<string, unknown>
}

function inferType(source: StepSource, step: Action['step'], defaults: TypeDefaults): string {
  if (step.call !== undefined) return 'dag'
  if (has(source, 'routes')) return 'router'
  if (has(source, 'container')) return 'docker'
  if (step.exec !== undefined) return 'command'
  if (has(source, 'messages')) return 'chat'
  const hasAgent = source.own.map.has('agent') || source.template?.map.has('agent')
  if (hasAgent && !has(source, 'command') && !has(source, 'script')) return 'agent'
  if (!has(source, 'command') && !has(source, 'script') && step.script === undefined && step.commands.length === 0)
    return 'command'
  if (defaults.container) return 'container'
  if (defaults.ssh) return 'ssh'
  if (defaults.redis) return 'redis'
  return defaults.harness ? 'harness' : 'command'
}

/** `type`, `executor` (text or `{type, config}`) or `action`; an unknown one is an error. */
function readType(
  report: Report,
  source: StepSource,
  config: Record<string, unknown>,
  step: Action['step'],
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
  step: Action['step'],
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

function readConfig(report: Report, source: StepSource, config: Record<string, unknown>): void {
  const [withAt, configAt] = [get(source, 'with'), get(source, 'config')]
  if (withAt && configAt) {
    report.error(
      'dag.conflict',
      configAt.path,
      configAt.node,
      '"with" and "config" cannot be used together on one step',
      'they are the same field: keep "with"',
    )
  }
  const field = withAt ?? configAt
  if (!field) return
  if (!isMapField(field)) {
    wrongType(report, field, 'a map')
    return
  }
  Object.assign(config, canonical(toJson(field.node)))
}

/** Known camelCase spellings of executor settings become snake_case at any depth of maps; values are untouched. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [CONFIG_ALIASES[key] ?? key, canonical(inner)]))
}

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

function readContainer(report: Report, source: StepSource, config: Record<string, unknown>): void {
  const field = get(source, 'container')
  if (!field) return
  for (const key of ['executor', 'script'] as const) {
    const other = key === 'executor' ? get(source, key) : undefined
    if (other) badValue(report, other, 'and "container" cannot be used on one step')
  }
  Object.assign(config, readContainerBlock(report, field))
}

function readExec(report: Report, source: StepSource, step: Action['step']): void {
  const field = get(source, 'exec')
  if (!field) return
  const fields = readBlock(report, field, EXEC_KEYS, 'exec')
  if (!fields) return
  for (const key of ['command', 'script', 'shell', 'shell_packages', 'run'] as const) {
    const other = get(source, key)
    if (other) report.error('dag.conflict', other.path, other.node, `exec cannot be combined with ${key}`)
  }
  const command = readText(report, fields.map.get('command'))?.trim()
  if (!command) {
    report.error('dag.missing', child(field.path, 'command'), field.node, 'exec needs a command')
    return
  }
  step.exec = { command, args: readTexts(report, fields.map.get('args')) }
}

/** `run` is a shell command in newer files and a sub-DAG in the oldest. */
function readRun(report: Report, source: StepSource, step: Action['step'], defaults: TypeDefaults): void {
  const field = get(source, 'run')
  if (!field) return
  if (has(source, 'command') || has(source, 'script')) {
    report.error(
      'dag.conflict',
      field.path,
      field.node,
      'run cannot be combined with command or script',
      'run is the newer name',
    )
    return
  }
  const text = field.node.kind === 'scalar' ? field.node.text.trim() : ''
  const isName = /^[A-Za-z0-9_./-]+$/.test(text)
  if (
    isName &&
    (defaults.localDags.has(text) || has(source, 'params') || has(source, 'parallel') || /\.ya?ml$/.test(text))
  )
    step.call = text
}

function readCall(report: Report, source: StepSource, config: Record<string, unknown>, step: Action['step']): void {
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

function readItems(report: Report, field: Field): unknown[] {
  const items = elements(field)
  if (items.length > 1000) badValue(report, field, 'has more than 1000 parallel items')
  if (items.length === 0) badValue(report, field, 'has no parallel items')
  for (const item of items) {
    const isFlat =
      item.node.kind === 'scalar' ||
      (item.node.kind === 'map' && item.node.entries.every(entry => entry.value.kind === 'scalar'))
    if (!isFlat) wrongType(report, item, 'a parallel item: a scalar or a flat map')
  }
  return items.map(item => toJson(item.node))
}

function readCommand(report: Report, source: StepSource, type: StepType, step: Action['step']): void {
  const script = get(source, 'script')
  const scriptText = script ? readText(report, script) : undefined
  if (scriptText !== undefined && scriptText.trim() !== '') step.script = scriptText
  const field =
    step.call === undefined || !has(source, 'run') ? (get(source, 'command') ?? get(source, 'run')) : undefined
  if (!field || step.call !== undefined) return
  if (field.node.kind === 'seq') {
    step.commands = elements(field).flatMap(item => readListItem(report, item) ?? [])
    if (step.commands.length === 0) badValue(report, field, 'has no command in it')
    return
  }
  const text = readCommandText(report, field)
  if (text === undefined) return
  // A text of several lines is a script for what has a shell, and one command (a prompt, a query) for the rest.
  if (text.includes('\n') && type.commands === 'many' && step.script === undefined) step.script = scriptOf(field, text)
  else step.commands = [text]
}

const scriptOf = (field: Field, trimmed: string): string =>
  field.node.kind === 'scalar' && (field.node as ScalarNode).text.endsWith('\n') ? `${trimmed}\n` : trimmed

function readListItem(report: Report, field: Field): string | undefined {
  if (field.node.kind === 'map') {
    // `- echo a: b` is a map to YAML and a command to its author.
    const entry = field.node.entries[0]
    if (field.node.entries.length === 1 && entry?.value.kind === 'scalar') return `${entry.key}: ${entry.value.text}`
    return wrongType(report, field, 'a command', 'quote a command that holds ": "')
  }
  return readCommandText(report, field)
}

function readCommandText(report: Report, field: Field): string | undefined {
  const text =
    field.node.kind === 'scalar' && typeof field.node.value === 'string'
      ? readString(report, field)
      : readText(report, field)
  if (text === undefined) return undefined
  const trimmed = text.trim()
  return trimmed === '' ? badValue(report, field, 'must not be an empty command') : trimmed
}
