// Folders that a DAG names for its logs and artifacts. Promise: the same text each time it is asked for, before and after the run's scope is
// prepared; so it may use what is known without evaluating anything: the host, the run's name and id, parameters, and plain env of the DAG.
import type { Overrides } from '../params/overrides.ts'
import type { Dag } from '../spec/dag.ts'
import { type ExpandContext, expandText, PLACES } from './expand.ts'
import { paramsInput } from './params-input.ts'
import { isReadOnly } from './special-variables.ts'

export interface DagFolderInput {
  params: Overrides
  /** DAG_NAME and the like. */
  runVars: Readonly<Record<string, string>>
  host(name: string): string | undefined
}

/** `log_dir` or `artifacts.dir` with its variables filled in, or '' where the DAG names none. */
export const expandDagFolder = (
  dag: Dag,
  folder: string | undefined,
  { params, runVars, host }: DagFolderInput,
): string => {
  if (folder === undefined) return ''
  const known = new Map(Object.entries(runVars))
  const context: ExpandContext = { names: { variable: name => known.get(name) }, host }
  const given = paramsInput(dag, params)
  for (const entry of given.ok ? given.value.entries : [])
    if ('value' in entry && !isReadOnly(entry.name)) known.set(entry.name, entry.value)
  for (const { name, value } of dag.env)
    if (!isReadOnly(name) && !value.includes('`')) known.set(name, expandText(value, PLACES.path, context))
  return expandText(folder, PLACES.path, context).trim()
}
