// Where documents are: the folder of this machine, else the Directory. Promise: callers see one store.

import type { DocAnswer, DocRequest } from '@edgedag/core/docs/document'
import { NO_WORKSPACE, workspaceOfDoc } from '@edgedag/core/docs/grant'
import { isWorkspaceName, workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { SINGLETON } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'

export async function docStore<Op extends DocRequest['op']>(
  deps: ApiDeps,
  request: Extract<DocRequest, { op: Op }>,
): Promise<DocAnswer<Op>> {
  if (deps.dagFolder === undefined) return (await directory(deps).docs(request)) as DocAnswer<Op>
  const answer = await deps.dagFolder.fetch(
    new Request('http://folder/.docs/', {
      method: 'POST',
      body: JSON.stringify(request),
      headers: { 'content-type': 'application/json' },
    }),
  )
  if (!answer.ok) throw new Error(`the folder of documents answered ${answer.status}`)
  return (await answer.json()) as DocAnswer<Op>
}

const PAGE = 500

/** Names of workspaces: those that labels of DAGs name. */
export async function workspaceNames(deps: ApiDeps): Promise<Set<string>> {
  const names = new Set<string>()
  for (let page = 1; ; page++) {
    const { items, total } = await deps.object('index', SINGLETON).dags({ page, perPage: PAGE })
    for (const { summary } of items) {
      const labels = Array.isArray(summary.labels) ? summary.labels.filter(label => typeof label === 'string') : []
      const name = workspaceOfLabels(labels)
      if (name !== null) names.add(name)
    }
    if (page * PAGE >= total) return names
  }
}

/** Which documents a selected workspace shows, and what ids mean under it. */
export interface DocScope {
  /** Workspace whose own are selected; its ids are relative to its folder. */
  workspace: string | null
  /** The full id of one that a client names; null: it is not among those that are shown. */
  full(id: string): string | null
  /** The id as this client sees it; null: it does not. */
  shown(id: string): string | null
}

/** `all` (or nothing): every document; `default`: those of no workspace; a name: its own. Null: not a workspace's name. */
export async function docScope(deps: ApiDeps, selected: string | undefined): Promise<DocScope | null> {
  const same = (id: string): string => id
  if (selected === undefined || selected === 'all') return { workspace: null, full: same, shown: same }
  if (selected === NO_WORKSPACE) {
    const names = await workspaceNames(deps)
    const own = (id: string) => (workspaceOfDoc(id, names) === undefined ? id : null)
    return { workspace: null, full: own, shown: own }
  }
  if (!isWorkspaceName(selected)) return null
  const prefix = `${selected}/`
  return {
    workspace: selected,
    full: id => prefix + id,
    shown: id => (id.startsWith(prefix) ? id.slice(prefix.length) : null),
  }
}
