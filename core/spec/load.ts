// YAML text -> normalised DAG. All problems of a file are collected; nothing is returned half.

import { mergeParams, readParams } from '../params/declare.ts'
import { err, ok, type Problem, type Result } from '../result.ts'
import { type Document, mergedBlock, readDefaults, readHandlerFields, readStepTypeFields } from './base.ts'
import { readCustomTypes } from './custom-types.ts'
import {
  DAG_SCHEMA_VERSION,
  type Dag,
  HANDLER_NODE_NAMES,
  type HandlerKind,
  type ParamsSpec,
  type Step,
} from './dag.ts'
import { ROOT_KEYS } from './fields.ts'
import { linkSteps } from './graph.ts'
import { readHarnesses } from './harness.ts'
import { type Fields, Layers, readFields } from './keys.ts'
import { type LintStep, lintDocument } from './lint.ts'
import { isNull, type YamlNode } from './node.ts'
import type { SchemaFiles } from './output.ts'
import { readYaml } from './read-yaml.ts'
import { Report } from './report.ts'
import { readRoot } from './root.ts'
import { type BuiltStep, buildStep, readDepends, type StepContext } from './step.ts'
import { readStepList, sourceOf } from './step-list.ts'
import { nameSteps } from './step-names.ts'
import type { StepSource } from './step-source.ts'
import { readText, readWord } from './values.ts'

export interface LoadOptions {
  /** Gives the first document its name where it has none: `nightly.yaml` -> `nightly`. */
  fileName?: string
  /** Name of the first document whatever the text says, e.g. of a run that was started under another name. */
  name?: string
  /** Text of the base configuration, and of the workspace's own, which is the stronger. */
  base?: string
  workspaceBase?: string
  /** Schema files that the DAG names (`params.schema`, `output.schema`), by the path it uses. */
  files?: SchemaFiles
  /** Also warns of what loads but is probably wrong; one-off times are compared with `nowMs` (epoch). */
  lint?: { nowMs?: number }
}

/** Loads a file: its first document with the others as `localDags`. Never throws; problems have code, path, line, column and hint. */
export function loadDags(text: string, options: LoadOptions = {}): Result<{ dag: Dag; warnings: Problem[] }> {
  const documents = readYaml(text)
  if (!documents.ok) return documents
  const report = new Report()
  const bases = readBases(report, options)
  const nodes = documents.value.length > 0 ? documents.value : readEmpty()
  const roots = nodes.map((node, i) =>
    readFields(report, { node, path: i === 0 ? '' : `document[${i}]` }, ROOT_KEYS, 'the DAG'),
  )
  const names = readNames(report, roots, options)
  const loaded = roots.map((own, i) => {
    const local = {
      isRoot: i === 0,
      name: names[i] ?? '',
      localDags: new Set(names.slice(1)),
      files: options.files ?? {},
    }
    return loadDocument(report, { own, layers: new Layers([...bases, own]) }, local)
  })
  const [dag, ...localDags] = loaded.map(document => document.dag)
  if (report.failed || !dag) return err(report.problems)
  if (options.lint) {
    for (const [i, document] of loaded.entries())
      lintDocument(report, { ...document, own: roots[i]!, isRoot: i === 0 }, options.lint.nowMs)
  }
  const warnings = report.warnings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return ok({ dag: { ...dag, localDags }, warnings })
}

function readEmpty(): YamlNode[] {
  const source = { text: '', lineStarts: [0] }
  return [{ kind: 'map', entries: [], source, offset: 0, size: 1 }]
}

function readBases(report: Report, options: LoadOptions): Fields[] {
  const texts = [
    ['base configuration', options.base],
    ['workspace base configuration', options.workspaceBase],
  ] as const
  return texts.flatMap(([label, text]) => {
    const documents = text === undefined ? ok([]) : readYaml(text, label)
    if (!documents.ok) report.problems.push(...documents.error)
    const node = documents.ok ? documents.value[0] : undefined
    return node ? [readFields(report, { node, path: '' }, ROOT_KEYS, `the ${label}`)] : []
  })
}

const NAME = /^[a-zA-Z0-9_.-]+$/

/** The first document may fall back to the file's name, the others must have one of their own. */
function readNames(report: Report, roots: Fields[], options: LoadOptions): string[] {
  const seen = new Set<string>()
  return roots.map((root, i) => {
    const at = root.map.get('name')
    const written = (i === 0 ? options.name : undefined) || (at && readText(report, at)?.trim())
    const name = written || (i === 0 ? nameOfFile(options.fileName) : '')
    const path = at?.path ?? (i === 0 ? 'name' : `${root.path}.name`)
    const node = at?.node ?? root.node
    if (name === '') {
      const what =
        i === 0 ? 'DAG name is required' : `document ${i} has no name: every document after the first needs a name`
      report.error('dag.missing', path, node, what, 'add "name: ..."')
    } else if (!NAME.test(name) || name === '.' || name === '..' || name.length > 40) {
      const hint = 'at most 40 letters, digits, dashes, dots and underscores'
      report.error('dag.bad_name', path, node, `${JSON.stringify(name.slice(0, 80))} is not a valid DAG name`, hint)
    } else if (seen.has(name))
      report.error('dag.duplicate_name', path, node, `duplicate DAG name ${JSON.stringify(name)} in one file`)
    seen.add(name)
    return name
  })
}

/** `~/dags/nightly.yaml` -> `nightly`. */
export const nameOfFile = (fileName: string | undefined): string =>
  (fileName?.split(/[/\\]/).at(-1) ?? '').replace(/\.ya?ml$/i, '')

interface Local {
  isRoot: boolean
  name: string
  localDags: ReadonlySet<string>
  files: SchemaFiles
}

function loadDocument(report: Report, document: Document, local: Local): { dag: Dag; steps: LintStep[] } {
  const { layers, own } = document
  const defaults = readDefaults(report, document)
  const harnesses = readHarnesses(report, layers)
  const context: StepContext = {
    report,
    files: local.files,
    harnesses: { defined: new Set(Object.keys(harnesses ?? {})), defaults: harnessDefaults(document) },
    typeDefaults: { ...typeBlocks(layers), localDags: local.localDags },
    customTypes: readCustomTypes(report, readStepTypeFields(report, document)),
  }
  // Steps of a base configuration are ignored.
  const list = readStepList(report, own.map.get('steps'), defaults)
  const steps = list.sources.map(source => buildStep(context, source))
  nameSteps(report, steps)
  const type = readType(report, layers, steps)
  linkSteps(report, steps, { type, ordered: !list.isMap })
  const { written, ...handlers } = readHandlers(context, document, defaults, local.isRoot)
  const dag: Dag = {
    schemaVersion: DAG_SCHEMA_VERSION,
    name: local.name,
    type,
    params: readParamLayers(report, layers, local.files),
    ...handlers,
    ...readRoot(report, document, harnesses),
    steps: steps.map(built => built.step),
    localDags: [],
  }
  return { dag, steps: [...steps.map(built => ({ step: built.step, at: built.source.own })), ...written] }
}

/** The file's `harness` block; what is wrong with it is said where the root is read. */
function harnessDefaults(document: Document): Record<string, unknown> {
  const block = mergedBlock(new Report(), document, 'harness', 'merge')
  return typeof block === 'object' && block !== null ? (block as Record<string, unknown>) : {}
}

function typeBlocks(layers: Layers) {
  return {
    container: layers.get('container') !== undefined,
    ssh: layers.get('ssh') !== undefined,
    redis: layers.get('redis') !== undefined,
    harness: layers.get('harness') !== undefined,
  }
}

/** Where no layer says a type, `depends` anywhere means graph: older files rely on it. */
function readType(report: Report, layers: Layers, steps: BuiltStep[]): 'chain' | 'graph' {
  const field = layers.get('type')
  if (field) return readWord(report, field, ['chain', 'graph'] as const) ?? 'graph'
  return steps.some(({ source }) => readDepends(report, source) !== undefined) ? 'graph' : 'chain'
}

function readHandlers(
  context: StepContext,
  document: Document,
  defaults: Fields[],
  isRoot: boolean,
): Pick<Dag, 'handlers' | 'inheritedHandlers'> & { written: LintStep[] } {
  const written: LintStep[] = []
  const handlers: Partial<Record<HandlerKind, Step>> = {}
  const inheritedHandlers: HandlerKind[] = []
  for (const [kind, { field, inherited }] of readHandlerFields(context.report, document, isRoot)) {
    const source = sourceOf(context.report, field, defaults, 1, 0)
    const { step } = buildStep(context, source)
    checkHandler(context.report, source, step)
    const id = readText(context.report, source.own.map.get('id'))
    handlers[kind] = { ...step, name: HANDLER_NODE_NAMES[kind], ...(id ? { id } : {}) }
    if (inherited) inheritedHandlers.push(kind)
    else written.push({ step, at: source.own, handler: kind })
  }
  return { handlers, inheritedHandlers, written }
}

/** What has no meaning around the steps is refused: nobody is asked there, and there are no steps to choose from. */
function checkHandler(report: Report, { own }: StepSource, step: Step): void {
  const refuse = (key: string, message: string, hint?: string) => {
    const field = own.map.get(key) ?? { node: own.node, path: own.path }
    report.error('dag.unsupported', field.path, field.node, message, hint)
  }
  const depends = own.map.get('depends')
  if (depends && !isNull(depends.node)) refuse('depends', 'a handler cannot depend on steps')
  if (step.approval) refuse('approval', 'a handler cannot wait for an approval', 'give the approval to a step')
  if (step.type === 'router') refuse('type', 'a handler cannot be a router', 'use preconditions, or call a DAG')
}

function readParamLayers(report: Report, layers: Layers, files: SchemaFiles): ParamsSpec {
  const specs = layers.all('params').map(field => readParams(report, field, files))
  return specs.reduce(mergeParams, { mode: 'none', defs: [] })
}
