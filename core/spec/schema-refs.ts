// Schema files that a DAG names: whoever pushes the file reads them and hands their content to loadDags as `files`.

import type { Dag } from './dag.ts'

/** Paths as written, without repeats, of schemas that are not pinned yet; `[]` when the DAG stands on its own. */
export function schemaRefs(dag: Dag): string[] {
  const schemas = [dag.params.schema]
  for (const step of [...dag.steps, ...Object.values(dag.handlers)]) {
    if (step.output?.kind === 'variable') schemas.push(step.output.schema)
  }
  const own = schemas.filter(schema => typeof schema === 'string')
  return [...new Set([...own, ...dag.localDags.flatMap(schemaRefs)])]
}
