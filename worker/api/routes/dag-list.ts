// Lists of DAGs and their labels.

import type { Pagination } from '@edgedag/core/api/generated/answers'
import { z } from '@hono/zod-openapi'
import { type DagListItem, SINGLETON } from '../../objects/contracts.ts'
import { labelsOf } from '../../objects/index/dags.ts'
import { json } from '../answer.ts'
import { ErrorTexts, PaginationJson } from '../answers/common.ts'
import { DagListItemJson } from '../answers/dag.ts'
import { dagListItemJson } from '../dag-json.ts'
import type { ApiDeps } from '../deps.ts'
import { route } from '../route.ts'
import { Limit, List, Page } from '../schemas.ts'

export { dagListItemJson }

const ListQuery = z.object({
  page: Page,
  perPage: Limit(500, 50),
  name: z.string().max(255).optional(),
  labels: List,
  tags: List,
  sort: z.string().max(50).optional(),
  order: z.string().max(10).optional(),
})

/** Page numbers as the reference gives them: next and previous stay within the list. */
export function paginationJson(page: number, perPage: number, total: number): Pagination {
  const totalPages = Math.max(1, Math.ceil(total / perPage))
  return {
    currentPage: page,
    nextPage: Math.min(page + 1, totalPages),
    prevPage: Math.max(page - 1, 1),
    totalPages,
    totalRecords: total,
  }
}

async function* allItems(deps: ApiDeps): AsyncGenerator<DagListItem> {
  const perPage = 500
  for (let page = 1, seen = 0; ; page++) {
    const { items, total } = await deps.object('index', SINGLETON).dags({ page, perPage })
    yield* items
    seen += items.length
    if (items.length === 0 || seen >= total) return
  }
}

/** Every label, and of a `k=v` label also its key. */
async function allLabels(deps: ApiDeps): Promise<string[]> {
  const labels = new Set<string>()
  for await (const item of allItems(deps)) {
    for (const label of labelsOf(item)) {
      labels.add(label)
      labels.add(label.split('=')[0] ?? label)
    }
  }
  return [...labels].sort()
}

const tag = 'dags'

export const dagListRoutes = [
  route(
    {
      method: 'get',
      path: '/dags',
      permission: 'dags.read',
      tag,
      summary: 'List DAGs',
      query: ListQuery,
      answers: { 200: z.object({ dags: z.array(DagListItemJson), errors: ErrorTexts, pagination: PaginationJson }) },
    },
    async ({ query, deps }) => {
      const { page, perPage, name, sort } = query
      const labels = [...(query.labels ?? []), ...(query.tags ?? [])]
      const { items, total } = await deps.object('index', SINGLETON).dags({
        page,
        perPage,
        order: query.order === 'desc' ? 'desc' : 'asc',
        ...(name === undefined ? {} : { name }),
        ...(labels.length === 0 ? {} : { labels }),
        ...(sort === undefined ? {} : { sort }),
      })
      return json({
        dags: items.map(dagListItemJson),
        errors: null,
        pagination: paginationJson(page, perPage, total),
      })
    },
  ),
  route(
    {
      method: 'get',
      path: '/dags/labels',
      permission: 'dags.read',
      tag,
      summary: 'List all labels',
      answers: { 200: z.object({ labels: z.array(z.string()), errors: ErrorTexts }) },
    },
    async ({ deps }) => json({ labels: await allLabels(deps), errors: null }),
  ),
  route(
    {
      method: 'get',
      path: '/dags/tags',
      permission: 'dags.read',
      tag,
      summary: 'List all labels under their former name',
      answers: { 200: z.object({ tags: z.array(z.string()), errors: ErrorTexts }) },
    },
    async ({ deps }) => json({ tags: await allLabels(deps), errors: null }),
  ),
]
