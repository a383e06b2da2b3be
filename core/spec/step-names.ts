// Names and ids of steps: unique, well-formed, generated where absent, and one look-up for both.

import type { Field } from './node.ts'
import type { Report } from './report.ts'
import type { BuiltStep } from './step.ts'
import { pathOf } from './step-list.ts'
import { badValue, readText } from './values.ts'

const RESERVED_IDS = new Set(['env', 'params', 'args', 'stdout', 'stderr', 'output', 'outputs'])

/** Gives every step its name and id; problems name both steps. */
export function nameSteps(report: Report, steps: BuiltStep[]): void {
  const taken = new Map<string, BuiltStep>()
  const ids = new Map<string, BuiltStep>()
  for (const built of steps) {
    const id = readId(report, built, ids)
    const name = readName(report, built) ?? id
    if (id !== undefined) built.step.id = id
    if (name === undefined) continue
    built.step.name = name
    if (taken.has(name)) duplicate(report, built, `duplicate step name ${JSON.stringify(name)}: names must be unique`)
    taken.set(name, built)
  }
  for (const [id, built] of ids) {
    const other = taken.get(id)
    if (other && other !== built) {
      const message = `the id ${JSON.stringify(id)} conflicts with the name of another step`
      report.error('dag.conflict', pathOf(built.source, 'id'), built.source.own.node, message, 'rename one of the two')
    }
  }
  for (const built of steps) {
    if (built.step.name === '') built.step.name = generate(built, taken)
  }
}

function readName(report: Report, built: BuiltStep): string | undefined {
  const at = built.source.own.map.get('name')
  const name = built.source.givenName ?? (readText(report, at)?.trim() || undefined)
  if (name === undefined) return undefined
  const field: Field = at ?? { node: built.source.own.node, path: pathOf(built.source, 'name') }
  if (name.length > 255) badValue(report, field, 'is longer than 255 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[\u0000-\u001f\u007f]/.test(name)) badValue(report, field, 'must not hold control characters')
  return name
}

function readId(report: Report, built: BuiltStep, ids: Map<string, BuiltStep>): string | undefined {
  const at = built.source.own.map.get('id')
  const id = readText(report, at)?.trim()
  if (!at || !id) return undefined
  const isWellFormed = /^[A-Za-z][A-Za-z0-9_]*$/.test(id)
  if (!isWellFormed && id === (built.source.givenName ?? readText(report, built.source.own.map.get('name'))?.trim())) {
    // Older files repeat a dashed name as id; it does no harm as long as nothing can refer to it.
    report.warn(
      'dag.bad_id',
      at.path,
      at.node,
      `the id ${JSON.stringify(id)} is ignored: it repeats the name and is not a valid id`,
    )
    return undefined
  }
  if (!isWellFormed) return badValue(report, at, 'is not a valid id', 'letters, digits and _, a letter first')
  if (id.length > 40) return badValue(report, at, 'is longer than 40 characters: an id is at most that')
  if (RESERVED_IDS.has(id.toLowerCase())) return badValue(report, at, 'is a reserved word and cannot be an id')
  if (ids.has(id)) duplicate(report, built, `duplicate step id ${JSON.stringify(id)}`)
  ids.set(id, built)
  return id
}

function duplicate(report: Report, built: BuiltStep, message: string): void {
  report.error('dag.duplicate_name', built.source.own.path, built.source.own.node, message)
}

/** `<kind>_<n>`, n from the position up to the first that is free. */
function generate(built: BuiltStep, taken: Map<string, BuiltStep>): string {
  const prefix = prefixOf(built)
  let n = built.source.position
  while (taken.has(`${prefix}_${n}`)) n++
  const name = `${prefix}_${n}`
  taken.set(name, built)
  return name
}

function prefixOf({ source, action }: BuiltStep): string {
  if (source.customType !== undefined) return source.customType
  if (action.writtenType !== undefined) return action.writtenType
  if (source.own.map.has('container')) return 'docker'
  if (action.step.parallel !== undefined) return 'parallel'
  if (action.step.call !== undefined) return 'dag'
  if (action.step.script !== undefined) return 'script'
  return action.step.commands.length > 0 || action.step.exec ? 'cmd' : 'step'
}

/** The name that a name or an id stands for. */
export function lookup(steps: BuiltStep[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { step } of steps) if (step.id !== undefined) names.set(step.id, step.name)
  for (const { step } of steps) names.set(step.name, step.name)
  return names
}
