// The filters of lists and searches of runs: from a query string to a question for the Index.
import { z } from '@hono/zod-openapi'
import type { RunQuery } from '../../objects/index/runs.ts'
import { statusesOf } from '../run-json.ts'
import { Limit, List } from '../schemas.ts'

const UnixSeconds = z.coerce.number().int().min(0)
const Part = z.string().trim().max(255).optional()

export const Filters = z.object({
  status: List,
  fromDate: UnixSeconds.optional(),
  toDate: UnixSeconds.optional(),
  /** A part of the run id. */
  dagRunId: z.string().max(64).optional(),
  /** A part of the parameters as they are shown. */
  params: Part,
  /** A part of name, run id, parameters or a label. */
  q: Part,
  limit: Limit(500, 100),
  cursor: z.string().max(2048).optional(),
})

export const AllFilters = Filters.extend({
  /** A part of the name of DAG or file. */
  name: Part,
  labels: List,
  tags: List,
})

export type RunFilters = Partial<z.output<typeof AllFilters>> & { exactName?: string }

/** The question for these filters, without limit and cursor; null: a status is not a status number. */
export function queryOf(filters: RunFilters): Omit<RunQuery, 'limit' | 'cursor'> | null {
  const status = statusesOf(filters.status)
  if (status === null) return null
  const labels = [...(filters.labels ?? []), ...(filters.tags ?? [])]
  return {
    ...(status.length === 0 ? {} : { status }),
    ...(filters.exactName === undefined ? {} : { name: filters.exactName }),
    ...(filters.name ? { nameLike: filters.name } : {}),
    ...(filters.dagRunId ? { runIdLike: filters.dagRunId } : {}),
    ...(filters.params ? { params: filters.params } : {}),
    ...(filters.q ? { text: filters.q } : {}),
    ...(labels.length === 0 ? {} : { labels }),
    ...(filters.fromDate === undefined ? {} : { from: filters.fromDate * 1000 }),
    ...(filters.toDate === undefined ? {} : { to: filters.toDate * 1000 + 999 }),
  }
}
