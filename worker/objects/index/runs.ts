// Which runs a query of the Index wants: a coarse look in SQL at a text of all that can be searched, then the exact rule here.
import type { IndexApi, RunSummary } from '../contracts.ts'
import { hasLabel } from './dags.ts'

export type RunQuery = Parameters<IndexApi['runs']>[0]

/** What of a run can be searched, in lower case. */
export const searchTextOf = ({ runId, dagName, fileName, labels, params }: RunSummary): string =>
  [runId, dagName, fileName === dagName ? '' : fileName, ...labels, params].join('\n').toLowerCase()

/** Texts that `searchTextOf` of a run must contain for the query to match. */
export const needlesOf = ({ nameLike, runIdLike, text, params, labels = [] }: RunQuery): string[] =>
  [nameLike, runIdLike, text, params, ...labels].flatMap(word => (word ? [word.toLowerCase()] : []))

const has = (text: string, wanted: string | undefined): boolean =>
  wanted === undefined || text.toLowerCase().includes(wanted.toLowerCase())

export function matchesQuery(run: RunSummary, query: RunQuery): boolean {
  if (query.status !== undefined && !query.status.includes(run.status)) return false
  if (query.name !== undefined && run.dagName !== query.name && run.fileName !== query.name) return false
  if (query.to !== undefined && run.createdAt > query.to) return false
  if (!has(run.dagName, query.nameLike) && !has(run.fileName, query.nameLike)) return false
  if (!has(run.runId, query.runIdLike) || !has(run.params, query.params)) return false
  if (query.text !== undefined && !searchTextOf(run).includes(query.text.toLowerCase())) return false
  return query.labels === undefined || query.labels.every(label => hasLabel(run.labels, label))
}
