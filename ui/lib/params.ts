// Between a start form and the API: what the fields start with, whether they are filled in right, and the text that is sent.
import type { ParamDefinition } from '../api/types.ts'

/** What a field of the form needs to know. */
export type ParamField = Partial<ParamDefinition>

export type FieldKind = 'text' | 'number' | 'checkbox' | 'select' | 'json'

/** Which control fits a parameter. */
export function fieldKind(def: ParamField): FieldKind {
  if (def.enum && def.enum.length > 0) return 'select'
  if (def.type === 'boolean') return 'checkbox'
  if (def.type === 'integer' || def.type === 'number') return 'number'
  if (def.type === 'object' || def.type === 'array') return 'json'
  return 'text'
}

/** Any JSON value in the text form that params have. */
export const paramText = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** A form is possible when every parameter has a name; positional ones are typed as text. */
export const hasForm = (defs: readonly ParamField[] | undefined): defs is ParamField[] =>
  defs !== undefined && defs.length > 0 && defs.every(def => def.name)

export type FieldValues = Record<string, string>

export const initialValues = (defs: readonly ParamField[]): FieldValues =>
  Object.fromEntries(
    defs.map(def => [def.name ?? '', paramText(def.default) || (def.type === 'boolean' ? 'false' : '')]),
  )

function numberProblem(def: ParamField, value: string): string | undefined {
  const number = Number(value)
  if (Number.isNaN(number)) return 'Needs a number.'
  if (def.type === 'integer' && !Number.isInteger(number)) return 'Needs a whole number.'
  if (def.minimum !== undefined && number < def.minimum) return `At least ${def.minimum}.`
  if (def.maximum !== undefined && number > def.maximum) return `At most ${def.maximum}.`
  return undefined
}

function textProblem(def: ParamField, value: string): string | undefined {
  const length = [...value].length
  if (def.minLength !== undefined && length < def.minLength) return `At least ${def.minLength} characters.`
  if (def.maxLength !== undefined && length > def.maxLength) return `At most ${def.maxLength} characters.`
  return undefined
}

/** What is wrong with a field; undefined when nothing is. Patterns are RE2 and left to the server. */
export function fieldProblem(def: ParamField, value: string): string | undefined {
  if (value === '') return def.required && paramText(def.default) === '' ? 'Needs a value.' : undefined
  const kind = fieldKind(def)
  if (kind === 'number') return numberProblem(def, value)
  if (kind === 'text') return textProblem(def, value)
  if (kind !== 'json') return undefined
  try {
    JSON.parse(value)
    return undefined
  } catch {
    return 'Needs valid JSON.'
  }
}

/**
 * The `params` text of a start call: a JSON object of strings, which no quoting rule can misread.
 * Fields left empty that have no default are left out, so that the DAG's own rules apply.
 */
export function toParamsText(defs: readonly ParamField[], values: FieldValues): string {
  const entries = defs
    .map(def => [def.name ?? '', values[def.name ?? ''] ?? ''] as const)
    .filter(([name, value]) => value !== '' || paramText(defs.find(def => def.name === name)?.default) !== '')
  return entries.length === 0 ? '' : JSON.stringify(Object.fromEntries(entries))
}
