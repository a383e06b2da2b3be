// Expected values and output patterns: literal text, or an RE2 expression behind `re:` (linear time, as in the reference).
import { RE2JS } from 're2js'
import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import { exprProblem } from './problems.ts'

export type LineTest = (line: string) => boolean

const compileRegex = (pattern: string): Result<LineTest, Problem> => {
  try {
    const regex = RE2JS.compile(pattern)
    return ok(line => regex.matcher(line).find())
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return err(exprProblem('expr.bad_pattern', `"re:${pattern}" is no regular expression (RE2): ${reason}`))
  }
}

/** Test of an `expected` value: a whole line, or an unanchored regular expression behind `re:`. */
export const expectedTest = (expected: string): Result<LineTest, Problem> =>
  expected.startsWith('re:') ? compileRegex(expected.slice(3)) : ok(line => line === expected)

/** Test of a `continue_on.output` pattern: part of a line, or a regular expression behind `re:`. */
export const outputTest = (pattern: string): Result<LineTest, Problem> =>
  pattern.startsWith('re:') ? compileRegex(pattern.slice(3)) : ok(line => line.includes(pattern))

/** Lines longer than this are tested in pieces of this length. */
const MAX_LINE = 1024 * 1024

export interface OutputMatcher {
  push(chunk: string): void
  /** Tests the last, unfinished line and tells whether any line of the log matched. */
  end(): boolean
}

/** Watches a log for patterns, line by line, in memory bounded by one line. Patterns that do not compile never match. */
export const createOutputMatcher = (patterns: readonly string[]): OutputMatcher => {
  const tests = patterns.map(outputTest).flatMap(test => (test.ok ? [test.value] : []))
  let rest = ''
  let matched = false
  const check = (line: string): void => {
    matched ||= tests.some(test => test(line))
  }
  return {
    push(chunk) {
      if (matched || tests.length === 0) return
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) check(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (rest.length > MAX_LINE) {
        check(rest)
        rest = ''
      }
    },
    end() {
      if (rest !== '') check(rest)
      return matched
    },
  }
}
