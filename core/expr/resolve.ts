// From a reference to its text: step properties first, then variables, then JSON paths into variables, then the operation.
import { jsonText, type PathSegment, parseJson, selectPath } from './json-path.ts'
import { applyOperation, worksUnset } from './parameter-operation.ts'
import type { Reference } from './reference.ts'
import { outputText, type StepResult } from './results.ts'
import { scopedTarget } from './scoped-reference.ts'

/** Where names are looked up. `undefined` always means: no such thing, leave the text as it is. */
export interface Names {
  variable(name: string): string | undefined
  step?(id: string): StepResult | undefined
}

/**
 * The text that a reference stands for, `undefined` where it names nothing.
 * `expandWord` expands the word of an operation such as `:-word`.
 */
export const resolveReference = (
  ref: Reference,
  names: Names,
  expandWord: (word: string) => string,
): string | undefined => {
  const value = ref.path === undefined ? names.variable(ref.name) : resolvePath(ref.name, ref.path, names)
  if (ref.length) return value === undefined ? undefined : String([...value].length)
  if (ref.operation !== undefined) return applyOperation(value, ref.operation, expandWord)
  return value
}

/** True where a reference with an operation may stand for a text although its name is unknown. */
export const hasFallback = (ref: Reference): boolean => worksUnset(ref.operation)

const resolvePath = (name: string, path: readonly PathSegment[], names: Names): string | undefined => {
  const result = names.step?.(name)
  if (result !== undefined) {
    const property = stepProperty(result, path)
    if (property !== undefined) return property
  }
  const text = names.variable(name)
  if (text !== undefined) return jsonAt(text, path)
  return resolveScoped(name, path, names)
}

const resolveScoped = (root: string, path: readonly PathSegment[], names: Names): string | undefined => {
  const target = scopedTarget(root, path)
  if (target?.kind === 'variable') {
    const text = names.variable(target.name)
    return text === undefined || target.path.length === 0 ? text : jsonAt(text, target.path)
  }
  const result = target === undefined ? undefined : names.step?.(target.id)
  if (target === undefined || result === undefined) return undefined
  const [property, key, ...rest] = target.path
  const captured = property === 'output' && key !== undefined ? result.outputs?.[String(key)] : undefined
  if (captured !== undefined) return rest.length === 0 ? captured : jsonAt(captured, rest)
  return stepProperty(result, target.path)
}

const stepProperty = (result: StepResult, [property, ...rest]: readonly PathSegment[]): string | undefined => {
  if (property === 'output') {
    if (rest.length === 0) return outputText(result)
    if (result.structured !== undefined) return present(selectPath(result.structured, rest))
    const text = outputText(result)
    return text === undefined ? undefined : jsonAt(text, rest)
  }
  if (rest.length > 0) return undefined
  if (property === 'stdout') return result.stdoutPath
  if (property === 'stderr') return result.stderrPath
  if (property === 'exit_code' || property === 'exitCode') return String(result.exitCode)
  return undefined
}

const jsonAt = (text: string, path: readonly PathSegment[]): string | undefined => {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null ? present(selectPath(value, path)) : undefined
}

const present = (value: unknown): string | undefined => (value === undefined ? undefined : jsonText(value))
