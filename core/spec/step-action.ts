// What a step does: command, script, exec, call or a typed executor with its config, out of every spelling there has been.

import { readCall } from './call.ts'
import { canonical } from './canonical.ts'
import { readContainer } from './container.ts'
import type { Step } from './dag.ts'
import { EXEC_KEYS } from './fields.ts'
import { isMapField, readBlock } from './keys.ts'
import { child, elements, type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { get, has, type StepSource } from './step-source.ts'
import { inferType, readType } from './step-type.ts'
import { STEP_TYPES, type StepType } from './step-type-table.ts'
import { badValue, readText, readTexts, wrongType } from './values.ts'

export interface Action {
  type: StepType
  /** The type as written, for generated names; absent when inferred. */
  writtenType?: string
  config: Record<string, unknown>
  step: ActionFields
}

/** The fields of a step that say what it does. */
export type ActionFields = Pick<Step, 'commands'> &
  Partial<Pick<Step, 'script' | 'exec' | 'call' | 'callParams' | 'parallel'>>

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
  const step: ActionFields = { commands: [] }
  const written = readType(report, source, config, step)
  readConfig(report, source, config)
  for (const key of ['llm', 'messages', 'tools'] as const) {
    const field = get(source, key)
    if (field) config[key] = canonical(toJson(field.node))
  }
  readContainer(report, source, config)
  readExec(report, source, step)
  if (has(source, 'action')) moveActionInput(config, step, written)
  readRun(report, source, step, defaults)
  readCall(report, source, config, step)
  const type = STEP_TYPES.get(written ?? inferType(source, step, defaults)) ?? STEP_TYPES.get('command')
  if (!type) throw new Error('the table of step types lacks command')
  readCommand(report, source, type, step)
  if (type.name === 'agent') config.agent = agentOf(source)
  return { type, config, step, ...(written === undefined ? {} : { writtenType: written }) }
}

/** Newer files give an action's command or script in `with`; executors read both from the step. */
function moveActionInput(config: Record<string, unknown>, step: ActionFields, type: string | undefined): void {
  if (type === 'harness') moveInputOfHarness(config, step)
  const { command, script, args } = config
  if (typeof command === 'string' && step.commands.length === 0) {
    delete config.command
    delete config.args
    if (Array.isArray(args)) step.exec = { command, args: args.map(String) }
    else step.commands = [command]
  }
  if (typeof script === 'string') {
    delete config.script
    step.script = script
  }
}

/** An action of a coding tool has its prompt and its further input among the settings. */
function moveInputOfHarness(config: Record<string, unknown>, step: ActionFields): void {
  const { prompt, stdin } = config
  if (typeof prompt === 'string' && step.commands.length === 0) {
    delete config.prompt
    step.commands = [prompt.trim()]
  }
  if (typeof stdin === 'string' && step.script === undefined) {
    delete config.stdin
    step.script = stdin
  }
}

/** Defaults, template and step by subfield, the step's own strongest. */
function agentOf(source: StepSource): Record<string, unknown> {
  const blocks = [...source.defaults, source.template, source.own].flatMap(layer => layer?.map.get('agent') ?? [])
  return Object.assign({}, ...blocks.map(block => canonical(toJson(block.node)) ?? {})) as Record<string, unknown>
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

function readExec(report: Report, source: StepSource, step: ActionFields): void {
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
  // A null would shift the arguments behind it.
  for (const item of elements(fields.map.get('args') ?? field).filter(item => isNull(item.node)))
    wrongType(report, item, 'text, a number or a boolean', 'write "" for an empty argument')
}

/** `run` is a shell command in newer files and a sub-DAG in the oldest. */
function readRun(report: Report, source: StepSource, step: ActionFields, defaults: TypeDefaults): void {
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

function readCommand(report: Report, source: StepSource, type: StepType, step: ActionFields): void {
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
  field.node.kind === 'scalar' && field.node.text.endsWith('\n') ? `${trimmed}\n` : trimmed

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
  if (field.node.kind === 'scalar' && typeof field.node.value === 'number') return wrongType(report, field, 'text')
  const text = readText(report, field)
  if (text === undefined) return undefined
  const trimmed = text.trim()
  return trimmed === '' ? badValue(report, field, 'must not be an empty command') : trimmed
}
