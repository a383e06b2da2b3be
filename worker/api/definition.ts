// YAML text as the API shows it. Promise: a broken text has an answer too: what is wrong, and where.
import type { DAG, DAGDetails } from '@edgedag/core/api/generated/answers'
import type { Problem } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import { toDefinitionJson } from '@edgedag/core/spec/definition-json'
import { loadDags } from '@edgedag/core/spec/load'
import { workspaceOf } from '@edgedag/core/spec/workspace'
import type { BaseConfig, SchemaFiles } from '../objects/contracts.ts'
import type { ApiDeps } from './deps.ts'
import { directory } from './find-dag.ts'

export interface Definition {
  /** Null where the text does not load. */
  dag: Dag | null
  /** `dag` member of the answers: for a broken text its name and no steps. */
  json: DAG
  localDags: DAGDetails['localDags']
  problems: Problem[]
  /** What loads but is probably wrong. */
  warnings: Problem[]
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

const localJson = (dag: Dag): DAGDetails['localDags'][number] => ({
  name: dag.name,
  dag: toDefinitionJson(dag),
  errors: [],
})

/** Reads a text; `name` is what a DAG without a name of its own is called. */
function readOver(
  under: BaseConfig | null,
  text: string,
  name: string,
  { files = {}, nowMs }: { files?: SchemaFiles | undefined; nowMs: number },
): Definition {
  const { base = '', workspaceBase = '' } = under ?? {}
  const loaded = loadDags(text, { fileName: name, base, workspaceBase, files, lint: { nowMs } })
  if (!loaded.ok) {
    const json = { name, labels: [], tags: [], steps: [] }
    return { dag: null, json, localDags: [], problems: loaded.error, warnings: [] }
  }
  const { dag, warnings } = loaded.value
  return { dag, json: toDefinitionJson(dag), localDags: dag.localDags.map(localJson), problems: [], warnings }
}

/** Reads a text over the present base configurations, as a run of it would. */
export async function readDefinition(
  deps: ApiDeps,
  text: string,
  name: string,
  files?: SchemaFiles,
): Promise<Definition> {
  return readOver(await directory(deps).baseConfig(workspaceOf(text)), text, name, { files, nowMs: deps.now() })
}
