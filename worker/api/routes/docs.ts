// Documents: their tree, and one of them. What a workspace's DAGs write is shown when it, or all, is selected.

import { MAX_DOC_BYTES } from '@edgedag/core/docs/document'
import { z } from '@hono/zod-openapi'
import { done, json } from '../answer.ts'
import { DeletedDocsJson, DocJson, DocsJson } from '../answers/doc.ts'
import {
  Content,
  Id,
  lineJson,
  Message,
  OfDoc,
  oneDoc,
  refusal,
  Scope,
  scoped,
  shownDocs,
} from '../docs/doc-answers.ts'
import { docStore } from '../docs/doc-store.ts'
import { docTree } from '../docs/doc-tree.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { Limit, Page } from '../schemas.ts'
import { timeText } from '../time.ts'
import { paginationJson } from './dag-list.ts'

const tag = 'docs'
const reading = { permission: 'docs.read', tag } as const
const writing = { permission: 'docs.write', tag } as const

export const docRoutes = [
  route(
    {
      ...reading,
      method: 'get',
      path: '/docs',
      summary: 'Documents as a tree, or with `flat` as a list',
      query: Scope.extend({
        page: Page,
        perPage: Limit(1000, 200),
        flat: z.enum(['true', 'false']).optional(),
        sort: z.enum(['name', 'type', 'mtime']).default('type'),
        order: z.enum(['asc', 'desc']).default('asc'),
      }),
      answers: { 200: DocsJson },
    },
    ({ query: { workspace, page, perPage, flat, sort, order }, deps }) =>
      scoped(deps, workspace, async scope => {
        const found = await docStore(deps, { op: 'list' })
        if (!found.ok) return refused(found.error)
        const docs = await shownDocs(scope, found.value)
        const sorting = { sort, descending: order === 'desc' }
        const from = (page - 1) * perPage
        if (flat !== 'true') {
          const tree = docTree(docs, sorting, timeText)
          const pagination = paginationJson(page, perPage, tree.length)
          return json({ tree: tree.slice(from, from + perPage), items: [], pagination })
        }
        const sorted = docs.sort((a, b) => (sort === 'mtime' ? a.updatedAt - b.updatedAt : a.id < b.id ? -1 : 1))
        if (order === 'desc') sorted.reverse()
        const items = sorted.slice(from, from + perPage).map(lineJson)
        return json({ tree: [], items, pagination: paginationJson(page, perPage, docs.length) })
      }),
  ),
  route(
    {
      ...writing,
      method: 'post',
      path: '/docs',
      summary: 'Create a document',
      query: Scope,
      body: z.object({ id: Id, content: Content.default('') }),
      maxBodyBytes: 4 * MAX_DOC_BYTES,
      answers: { 201: Message },
    },
    ({ query, body, deps }) =>
      oneDoc(deps, { ...query, path: body.id }, async id => {
        const made = await docStore(deps, { op: 'write', id, content: body.content, mode: 'create' })
        if (!made.ok) return refusal(made.error, body.id, made.error.message)
        return json({ message: `Document ${body.id} created` }, 201)
      }),
  ),
  route(
    {
      ...writing,
      method: 'post',
      path: '/docs/delete-batch',
      summary: 'Delete several documents',
      query: Scope,
      body: z.object({ paths: z.array(Id).min(1).max(200) }),
      answers: { 200: DeletedDocsJson },
    },
    ({ query, body, deps }) =>
      scoped(deps, query.workspace, async scope => {
        const deleted: string[] = []
        const failed: { id: string; error: string }[] = []
        for (const path of body.paths) {
          const id = scope.full(path)
          const gone = id === null ? null : await docStore(deps, { op: 'remove', id })
          if (gone?.ok) deleted.push(path)
          else failed.push({ id: path, error: gone?.error.message ?? `document ${path} not found` })
        }
        return json({ deleted, failed, message: `${deleted.length} of ${body.paths.length} documents deleted` })
      }),
  ),
  route(
    {
      ...reading,
      method: 'get',
      path: '/docs/doc',
      summary: 'A document',
      query: OfDoc,
      answers: { 200: DocJson },
    },
    ({ query, deps }) =>
      oneDoc(deps, query, async (id, scope) => {
        const found = await docStore(deps, { op: 'read', id })
        if (!found.ok) return refusal(found.error, query.path, found.error.message)
        const shown = scope.shown(found.value.id) ?? found.value.id
        return json({
          ...lineJson({ ...found.value, id: shown }),
          workspace: scope.workspace ?? '',
          content: found.value.content,
          filePath: `${found.value.id}.md`,
        })
      }),
  ),
  route(
    {
      ...writing,
      method: 'patch',
      path: '/docs/doc',
      summary: 'Replace the text of a document; `ifContent` refuses to write over what somebody else has changed',
      query: OfDoc,
      body: z.object({ content: Content, ifContent: z.string().optional() }),
      maxBodyBytes: 8 * MAX_DOC_BYTES,
      answers: { 200: Message },
    },
    ({ query, body: { content, ifContent }, deps }) =>
      oneDoc(deps, query, async id => {
        const checked = ifContent === undefined ? {} : { ifContent }
        const saved = await docStore(deps, { op: 'write', id, content, mode: 'update', ...checked })
        return saved.ok
          ? json({ message: `Document ${query.path} updated` })
          : refusal(saved.error, query.path, saved.error.message)
      }),
  ),
  route(
    {
      ...writing,
      method: 'delete',
      path: '/docs/doc',
      summary: 'Delete a document',
      query: OfDoc,
      answers: { 204: 'Gone' },
    },
    ({ query, deps }) =>
      oneDoc(deps, query, async id => {
        const gone = await docStore(deps, { op: 'remove', id })
        return gone.ok ? done(204) : refusal(gone.error, query.path, gone.error.message)
      }),
  ),
  route(
    {
      ...writing,
      method: 'post',
      path: '/docs/doc/rename',
      summary: 'Move a document, or a folder with all in it',
      query: OfDoc,
      body: z.object({ newPath: Id }),
      answers: { 200: Message },
    },
    ({ query, body: { newPath }, deps }) =>
      oneDoc(deps, query, async (from, scope) => {
        const to = scope.full(newPath)
        if (to === null) return problem('bad_request', `${newPath} is a path of a workspace`)
        const moved = await docStore(deps, { op: 'rename', from, to })
        return moved.ok
          ? json({ message: `Document ${query.path} renamed to ${newPath}` })
          : refusal(moved.error, query.path, moved.error.message)
      }),
  ),
]
