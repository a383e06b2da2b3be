// Problems of a spec in one shape, whatever the server sent: structured ones as they are, texts searched for their line.
import type { SpecProblem } from '../api/types.ts'

const LINE_PATTERNS = [/\[(\d+):(\d+)\]/, /\bline (\d+)(?:,? (?:col(?:umn)?) (\d+))?/i, /^(\d+):(\d+):/]

function fromText(message: string): SpecProblem {
  for (const pattern of LINE_PATTERNS) {
    const match = pattern.exec(message)
    if (match?.[1] === undefined) continue
    const rest = match.index === 0 ? message.slice(match[0].length).replace(/^[:\s]+/, '') : ''
    const text = rest === '' ? message : rest
    return { message: text, line: Number(match[1]), ...(match[2] === undefined ? {} : { column: Number(match[2]) }) }
  }
  return { message }
}

/** All problems of an answer; structured ones win over the texts that say the same. */
export function problemsOf(
  answer: { errors?: (string | SpecProblem)[] | null; problems?: SpecProblem[] } | undefined,
): SpecProblem[] {
  if (answer?.problems && answer.problems.length > 0) return answer.problems
  return (answer?.errors ?? []).map(entry => (typeof entry === 'string' ? fromText(entry) : entry))
}

/** What the linter says of a text that loads. */
export const warningsOf = (answer: { warnings?: SpecProblem[] } | undefined): SpecProblem[] =>
  (answer?.warnings ?? []).map(warning => ({ ...warning, warning: true }))

/** `line 3, column 5` or empty. */
export const placeOf = (problem: SpecProblem): string =>
  problem.line === undefined
    ? ''
    : problem.column === undefined
      ? `line ${problem.line}`
      : `line ${problem.line}, column ${problem.column}`
