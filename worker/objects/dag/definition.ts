// A DAG's text as the Dag object uses it: loaded once per text, never failing.

import type { Problem } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import { toSummaryJson } from '@edgedag/core/spec/definition-json'
import { loadDags } from '@edgedag/core/spec/load'
import { readDagMetadata } from '@edgedag/core/spec/metadata'
import { sha256Hex } from '../../store/hash.ts'
import type { BaseConfig, DagListItem, SchemaFiles } from '../contracts.ts'

export interface Definition {
  hash: string
  /** Null: the text does not load; `problems` say why. */
  dag: Dag | null
  problems: Problem[]
  /** The `dag` member of list items, there also for broken texts. */
  summary: DagListItem['summary']
}

/** `fileName` gives the DAG its name where the text has none; `files` are the schema files that came with it. */
export function readDefinition(text: string, fileName: string, under: BaseConfig, files: SchemaFiles): Definition {
  const hash = sha256Hex(text)
  const loaded = loadDags(text, { fileName, base: under.base, workspaceBase: under.workspaceBase, files })
  if (loaded.ok)
    return {
      hash,
      dag: loaded.value.dag,
      problems: [],
      summary: { ...toSummaryJson(loaded.value.dag), ...secretRefs(loaded.value.dag) },
    }
  return {
    hash,
    dag: null,
    problems: loaded.error,
    summary: toSummaryJson(readDagMetadata(text, fileName)),
  }
}

/** Secrets of the registry that the DAG names: which DAGs use one is asked there. */
const secretRefs = ({ secrets }: Dag): { secretRefs?: string[] } => {
  const refs = [...new Set(secrets.flatMap(({ ref }) => (ref === undefined ? [] : [ref])))]
  return refs.length === 0 ? {} : { secretRefs: refs }
}

/** One line for people, with its place in the text. */
export const problemText = (problem: Problem): string =>
  problem.line === undefined ? problem.message : `line ${problem.line}: ${problem.message}`
