// YAML text as the API shows it. Promise: a broken text has an answer too: what is wrong, and where.
import type { Problem } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import { toDefinitionJson } from '@edgedag/core/spec/definition-json'
import { loadDags } from '@edgedag/core/spec/load'

export interface Definition {
  /** Null where the text does not load. */
  dag: Dag | null
  /** `dag` member of the answers: for a broken text its name and no steps. */
  json: Record<string, unknown>
  localDags: Record<string, unknown>[]
  problems: Problem[]
}

/** One line a problem, as clients of the reference read them. */
export function problemText(problem: Problem): string {
  const place =
    problem.line === undefined
      ? ''
      : ` (line ${problem.line}${problem.column === undefined ? '' : `, column ${problem.column}`})`
  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`
  const path =
    problem.path === undefined || problem.path === '' || problem.message.includes(problem.path)
      ? ''
      : `${problem.path}: `
  return `${path}${problem.message}${hint}${place}`
}

export const problemTexts = (problems: Problem[]): string[] => problems.map(problemText)

/** `null` for none, as most of the reference's answers have it. */
export const errorsOrNull = (problems: Problem[]): string[] | null =>
  problems.length === 0 ? null : problemTexts(problems)

const localJson = (dag: Dag): Record<string, unknown> => ({ name: dag.name, dag: toDefinitionJson(dag), errors: [] })

/** Reads a text; `name` is what a DAG without a name of its own is called. */
export function readDefinition(text: string, name: string): Definition {
  const loaded = loadDags(text, { fileName: name })
  if (!loaded.ok)
    return { dag: null, json: { name, labels: [], tags: [], steps: [] }, localDags: [], problems: loaded.error }
  const { dag } = loaded.value
  return { dag, json: toDefinitionJson(dag), localDags: dag.localDags.map(localJson), problems: [] }
}
