// A jq query over a JSON document. What it understands is jq as gojq has it: keys in order, integers of any size, RE2 expressions; no
// modules, no environment, no further inputs.
import { Evaluator } from './evaluate.ts'
import { parseQuery } from './parse.ts'
import { JqSyntaxError, type Node } from './syntax.ts'
import { JqError, JqLimit, toText, type Value } from './values.ts'

export type Compiled = { ok: true; query: Node } | { ok: false; error: string }

/** Reads a query; the error is a sentence. */
export function compileQuery(text: string): Compiled {
  try {
    return { ok: true, query: parseQuery(text) }
  } catch (error) {
    if (error instanceof JqSyntaxError) return { ok: false, error: error.message }
    if (error instanceof RangeError) return { ok: false, error: 'it is nested too deeply' }
    throw error
  }
}

export type Result = { is: 'value'; value: Value } | { is: 'pause' } | { is: 'error'; error: string }

const PAUSED: Result = { is: 'pause' }

/** The results of a query one after another, with pauses between: lazily, and ended by the first error. */
export function* evaluate(query: Node, input: Value, maxSteps: number): Generator<Result> {
  const evaluator = new Evaluator(maxSteps)
  try {
    for (const found of evaluator.values(query, undefined, input))
      yield found === undefined ? PAUSED : { is: 'value', value: found.value }
  } catch (error) {
    yield { is: 'error', error: reason(error) }
  }
}

/** A result as text; the error is a sentence. */
export function textOf(value: Value, indent: string): { ok: true; text: string } | { ok: false; error: string } {
  try {
    return { ok: true, text: toText(value, indent) }
  } catch (error) {
    return { ok: false, error: reason(error) }
  }
}

function reason(error: unknown): string {
  if (error instanceof JqError || error instanceof JqLimit || error instanceof JqSyntaxError) return error.message
  if (error instanceof RangeError)
    return /stack/i.test(error.message) ? 'it is nested too deeply' : `a value is too large (${error.message})`
  throw error
}
