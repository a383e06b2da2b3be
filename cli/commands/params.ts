// Start-time parameters of the command line: `-p "A=1 B=two"`, or words behind `--`; not both.
import { quoteValue } from '@edgedag/core/params/tokens'
import { usage } from '../errors.ts'
import { type Invocation, text } from './command.ts'

/** Quotes one word so that the parameter grammar reads it back unchanged. */
export function quoteParam(word: string): string {
  const named = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(word)
  return named ? `${named[1]}=${quoteValue(named[2] ?? '')}` : quoteValue(word)
}

export function paramsOf(invocation: Invocation): string | undefined {
  const option = text(invocation.values.params)
  if (option !== undefined && invocation.rest.length > 0) {
    throw usage('parameters given twice: with --params and behind --', 'use one of them')
  }
  if (option !== undefined) return option
  const [first, ...more] = invocation.rest
  if (first === undefined) return undefined
  if (more.length === 0 && /^\s*[{[]/.test(first)) return first
  return invocation.rest.map(quoteParam).join(' ')
}
