// One step: everything but its name and its edges, which depend on the other steps.

import { expectedTest } from '../expr/pattern.ts'
import { warnUnknownConfig } from './config-keys.ts'
import { type CustomTypes, expandCustomType } from './custom-types.ts'
import type { Condition, Step } from './dag.ts'
import { readConditions, readEnv } from './env.ts'
import { APPROVAL_KEYS } from './fields.ts'
import { harnessSettings } from './harness.ts'
import { entriesOf, isMapField, nearest, readBlock } from './keys.ts'
import { elements, type Field, isNull, toText } from './node.ts'
import { readOutput, type SchemaFiles } from './output.ts'
import { readContinueOn, readRepeatPolicy, readRetryPolicy } from './policies.ts'
import type { Report } from './report.ts'
import { checkNeededSettings, checkSettings } from './settings.ts'
import { type Action, readAction, type TypeDefaults } from './step-action.ts'
import { all, get, type StepSource } from './step-source.ts'
import { SIGNALS } from './step-type-table.ts'
import { badValue, readBoolean, readInteger, readShell, readText, readTexts, readWord, wrongType } from './values.ts'

export interface StepContext {
  report: Report
  files: SchemaFiles
  typeDefaults: TypeDefaults
  customTypes: CustomTypes
  harnesses: Parameters<typeof harnessSettings>[3]
}

/** A step without name and edges, and its action for the checks that need more than the step. */
export interface BuiltStep {
  step: Step
  action: Action
  source: StepSource
}

export function buildStep(context: StepContext, written: StepSource): BuiltStep {
  const { report } = context
  const source = expandCustomType(report, written, context.customTypes)
  const action = readAction(report, source, context.typeDefaults)
  const step: Step = {
    name: '',
    description: readText(report, get(source, 'description')) ?? '',
    depends: [],
    type: action.type.name,
    ...action.step,
    shellPackages: readTexts(report, get(source, 'shell_packages')),
    env: all(source, 'env').flatMap(field => readEnv(report, field)),
    preconditions: readPreconditions(report, source),
    mailOnError: readBoolean(report, get(source, 'mail_on_error')) ?? false,
    timeoutSec: readInteger(report, get(source, 'timeout_sec'), 0) ?? 0,
    config: action.config,
  }
  readPlaces(report, source, step)
  readPolicies(report, source, step)
  const output = readOutput(report, get(source, 'output'), context.files)
  if (output) step.output = output
  readApproval(report, source, step)
  readRouter(report, source, step)
  const selector = readWorkerSelector(report, get(source, 'worker_selector'))
  if (selector !== undefined) step.workerSelector = selector
  const onLost = readWord(report, get(source, 'on_lost'), ['retry_now'] as const)
  if (onLost) step.onLost = onLost
  checkCapabilities(report, source, action)
  const settings = get(source, 'with') ?? get(source, 'config')
  warnUnknownConfig(report, step.type, settings)
  checkSettings(report, step.type, settings)
  checkNeededSettings(report, step, source.own, get(source, 'command'))
  if (step.type === 'harness') step.config = harnessSettings(report, source, step.config, context.harnesses)
  return { step, action, source }
}

const readPreconditions = (report: Report, source: StepSource): Condition[] =>
  all(source, 'preconditions').flatMap(field => readConditions(report, field))

/** Shell, directories, redirects. */
function readPlaces(report: Report, source: StepSource, step: Step): void {
  const shell = readShell(report, get(source, 'shell'))
  if (shell) step.shell = shell
  const workingDir = readText(report, get(source, 'working_dir'))
  if (workingDir) step.workingDir = workingDir
  for (const key of ['stdout', 'stderr'] as const) {
    const path = readText(report, get(source, key))
    if (path) step[key] = path
  }
  const stderr = get(source, 'stderr')
  if (stderr && step.stdout !== undefined && step.stdout === step.stderr) {
    badValue(
      report,
      stderr,
      'and stdout must not be the same file',
      'log_output: merged puts both streams into one log',
    )
  }
  const logOutput = readWord(report, get(source, 'log_output'), ['separate', 'merged'] as const)
  if (logOutput) step.logOutput = logOutput
}

function readPolicies(report: Report, source: StepSource, step: Step): void {
  const continueOn = readContinueOn(report, get(source, 'continue_on'))
  const retryPolicy = readRetryPolicy(report, get(source, 'retry_policy'))
  const repeatPolicy = readRepeatPolicy(report, get(source, 'repeat_policy'))
  if (continueOn) step.continueOn = continueOn
  if (retryPolicy) step.retryPolicy = retryPolicy
  if (repeatPolicy) step.repeatPolicy = repeatPolicy
  const signalAt = get(source, 'signal_on_stop')
  const signal = readText(report, signalAt)?.trim().toUpperCase()
  if (!signal || !signalAt) return
  if (SIGNALS.has(signal)) step.signalOnStop = signal
  else badValue(report, signalAt, 'is not a known signal', nearest(signal, SIGNALS) ?? 'e.g. SIGINT')
}

function readApproval(report: Report, source: StepSource, step: Step): void {
  const field = get(source, 'approval')
  const fields = readBlock(report, field, APPROVAL_KEYS, 'approval')
  if (!fields) return
  const input = readTexts(report, fields.map.get('input'))
  const requiredAt = fields.map.get('required')
  const required = readTexts(report, requiredAt)
  const stray = required.find(name => !input.includes(name))
  if (requiredAt && stray !== undefined)
    badValue(report, requiredAt, `names ${JSON.stringify(stray)}, which is not in approval.input`)
  const rewindTo = readText(report, fields.map.get('rewind_to'))
  step.approval = {
    prompt: readText(report, fields.map.get('prompt')) ?? '',
    input,
    required,
    ...(rewindTo ? { rewindTo } : {}),
  }
}

function readRouter(report: Report, source: StepSource, step: Step): void {
  const [valueAt, routesAt] = [get(source, 'value'), get(source, 'routes')]
  if (step.type !== 'router') {
    const stray = valueAt ?? routesAt
    if (stray) badValue(report, stray, 'belongs to steps of type router only')
    return
  }
  const value = readText(report, valueAt)
  if (value === undefined) report.error('dag.missing', source.own.path, source.own.node, 'a router needs a value')
  if (!routesAt || !isMapField(routesAt)) {
    if (routesAt) wrongType(report, routesAt, 'a map of patterns to step names')
    else report.error('dag.missing', source.own.path, source.own.node, 'a router needs routes')
    return
  }
  const routes = entriesOf(routesAt).map(({ key, field }) => {
    const test = expectedTest(key)
    if (!test.ok) badValue(report, field, `cannot be a route: ${test.error.message}`)
    return { pattern: key, targets: readTexts(report, field) }
  })
  if (routes.length === 0) badValue(report, routesAt, 'must hold at least one route')
  step.router = { value: value ?? '', routes }
}

/** `local`, or labels that a runner must have; values are text. */
export function readWorkerSelector(
  report: Report,
  field: Field | undefined,
): 'local' | Record<string, string> | undefined {
  if (!field || isNull(field.node)) return undefined
  if (isMapField(field))
    return Object.fromEntries(entriesOf(field).map(({ key, field: value }) => [key, toText(value.node)]))
  const text = readText(report, field)?.trim()
  return text === 'local' ? 'local' : wrongType(report, field, 'a map of labels or "local"')
}

/** What a type cannot take is refused, not ignored. */
function checkCapabilities(report: Report, source: StepSource, action: Action): void {
  const { type, step } = action
  const refuse = (key: string, message: string, hint?: string) => {
    const field = get(source, key)
    if (field) report.error('dag.unsupported', field.path, field.node, message, hint)
  }
  const name = source.customType ?? action.writtenType ?? type.name
  if (type.commands === 'none' && step.call === undefined) {
    refuse('command', `a step of type ${name} takes no command`, name === 'dag' ? 'name the DAG with call' : undefined)
  }
  if (type.commands === 'one' && step.commands.length > 1)
    refuse('command', `a step of type ${name} takes only one command, multiple commands are not supported`)
  if (!type.script && step.call === undefined) refuse('script', `a step of type ${name} takes no script`)
  if (!type.shell) refuse('shell', `a step of type ${name} takes no shell`)
  if (action.writtenType !== undefined && !type.container)
    refuse('container', `a step of type ${name} takes no container`)
  if (!type.messages) refuse('messages', `a step of type ${name} takes no messages`)
  if (step.exec && type.name !== 'command') refuse('exec', `exec is for command steps, not for type ${name}`)
  checkNeeds(report, source, action)
}

function checkNeeds(report: Report, source: StepSource, action: Action): void {
  const { type, step, config } = action
  const missing = (message: string, hint?: string) =>
    report.error('dag.missing', source.own.path, source.own.node, message, hint)
  const isEmpty = step.commands.length === 0 && step.script === undefined && step.exec === undefined
  const blank = ['command', 'script', 'run'].some(key => source.own.map.has(key))
  if (type.needsCommand && isEmpty && !(blank && report.failed)) {
    missing(
      'the step has nothing to execute: it needs a command, script, exec or call',
      type.name === 'ssh' ? undefined : 'or a type that needs none',
    )
  }
  if (type.name === 'dag' && step.call === undefined) missing('a step of type dag needs call')
  if (type.name === 'chat' || type.name === 'agent') checkMessages(report, source, config)
}

const PROVIDERS = new Set(['openai', 'anthropic', 'gemini', 'openrouter', 'zai', 'local', 'ollama', 'vllm', 'llama'])

function checkMessages(report: Report, source: StepSource, config: Record<string, unknown>): void {
  const messages = config.messages
  if (!Array.isArray(messages) || messages.length === 0) {
    report.error(
      'dag.missing',
      `${source.own.path}.messages`,
      source.own.node,
      'the step needs at least one message in messages',
    )
  } else checkRoles(report, source)
  const field = get(source, 'llm')
  if (field) checkLlm(report, field)
}

function checkRoles(report: Report, source: StepSource): void {
  const field = get(source, 'messages')
  for (const message of field ? elements(field) : []) {
    const role = isMapField(message) && entriesOf(message).find(({ key }) => key === 'role')?.field
    if (role) readWord(report, role, ['system', 'user', 'assistant', 'tool'] as const)
  }
}

/** Bounds of an llm block, at the root or at a step. */
export function checkLlm(report: Report, field: Field): void {
  if (!isMapField(field)) {
    wrongType(report, field, 'a map')
    return
  }
  for (const { key, field: at } of entriesOf(field)) {
    const number = at.node.kind === 'scalar' ? Number(at.node.text) : Number.NaN
    if (at.node.kind === 'scalar' && /[$`]/.test(at.node.text)) continue
    if (key === 'temperature' && !(number >= 0 && number <= 2)) badValue(report, at, 'must be between 0.0 and 2.0')
    if ((key === 'top_p' || key === 'topP') && !(number >= 0 && number <= 1))
      badValue(report, at, 'must be between 0.0 and 1.0')
    if ((key === 'max_tokens' || key === 'maxTokens') && !(number >= 1)) badValue(report, at, 'must be at least 1')
    if (key === 'provider' && !PROVIDERS.has(toText(at.node)))
      badValue(report, at, 'is an unknown provider', `one of ${[...PROVIDERS].join(', ')}`)
  }
}

/** Names in `depends`, ids or names as written; undefined when the step says nothing. */
export function readDepends(
  report: Report,
  source: StepSource,
): { field: Field; names: { name: string; field: Field }[] } | undefined {
  const field = source.own.map.get('depends')
  if (!field) return undefined
  const names = elements(field).flatMap(item => {
    const name = readText(report, item)
    return name === undefined || name === '' ? [] : [{ name, field: item }]
  })
  return { field, names }
}
