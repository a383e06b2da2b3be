// Patterns of `as`, `reduce` and `foreach`: which variables they give which values.
import { get } from './access.ts'
import { type Evaluator, PAUSE } from './evaluate.ts'
import { type Scope, withVariable } from './scope.ts'
import type { Pattern } from './syntax.ts'
import { JqError, show, type Value } from './values.ts'

/** Names of a pattern's variables. */
export function variablesOf(pattern: Pattern): string[] {
  if (pattern.is === 'variable') return [pattern.name]
  if (pattern.is === 'list') return pattern.items.flatMap(variablesOf)
  return pattern.entries.flatMap(({ variable, value }) => [
    ...(variable === undefined ? [] : [variable]),
    ...(value === undefined ? [] : variablesOf(value)),
  ])
}

/** A scope for each way in which the pattern fits; keys are queries of `input`. */
export function* bindPattern(
  evaluator: Evaluator,
  pattern: Pattern,
  scope: Scope | undefined,
  value: Value,
  input: Value,
): Iterable<Scope | undefined> {
  if (pattern.is === 'variable') yield withVariable(scope, pattern.name, value)
  else if (pattern.is === 'list') {
    if (value !== null && !Array.isArray(value)) throw new JqError(`${show(value)} is no list, which the pattern needs`)
    yield* bindAll(
      evaluator,
      pattern.items.map((item, index) => [item, get(value, index)] as const),
      0,
      scope,
      input,
    )
  } else yield* bindEntries(evaluator, pattern.entries, 0, scope, value, input)
}

function* bindAll(
  evaluator: Evaluator,
  parts: readonly (readonly [Pattern, Value])[],
  from: number,
  scope: Scope | undefined,
  input: Value,
): Iterable<Scope | undefined> {
  const part = parts[from]
  if (part === undefined) {
    yield scope
    return
  }
  for (const inner of bindPattern(evaluator, part[0], scope, part[1], input)) {
    if (inner === PAUSE) yield PAUSE
    else yield* bindAll(evaluator, parts, from + 1, inner, input)
  }
}

function* bindEntries(
  evaluator: Evaluator,
  entries: (Pattern & { is: 'map' })['entries'],
  from: number,
  scope: Scope | undefined,
  value: Value,
  input: Value,
): Iterable<Scope | undefined> {
  const entry = entries[from]
  if (entry === undefined) {
    yield scope
    return
  }
  for (const key of evaluator.values(entry.key, scope, input)) {
    if (key === PAUSE) {
      yield PAUSE
      continue
    }
    if (typeof key.value !== 'string') throw new JqError(`a key must be a text, not ${show(key.value)}`)
    const found = get(value, key.value)
    const named = entry.variable === undefined ? scope : withVariable(scope, entry.variable, found)
    if (entry.value === undefined) yield* bindEntries(evaluator, entries, from + 1, named, value, input)
    else {
      for (const inner of bindPattern(evaluator, entry.value, named, found, input)) {
        if (inner === PAUSE) yield PAUSE
        else yield* bindEntries(evaluator, entries, from + 1, inner, value, input)
      }
    }
  }
}
