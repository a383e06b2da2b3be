// `/docs/PATH?workspace=…`: documents that runs have written and people edit.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { dagKeys, fetchLabels } from '../api/dags.ts'
import { createDoc, type DocNode, docKeys, fetchDocs, searchDocs } from '../api/docs.ts'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'
import { DocView } from '../docs/doc-view.tsx'
import { workspacesOf } from '../lib/labels.ts'
import { Link, navigate, useSearch } from '../lib/router.tsx'
import { useTitle } from '../lib/use-title.ts'
import type { PageProps } from './page-props.ts'

/** Runs write documents at any time. */
const REFRESH_MS = 10_000

const docPath = (id: string, workspace: string): string =>
  `/docs/${id.split('/').map(encodeURIComponent).join('/')}${workspace === '' ? '' : `?workspace=${encodeURIComponent(workspace)}`}`

interface TreeProps {
  nodes: readonly DocNode[]
  workspace: string
  current: string
}

function Tree({ nodes, workspace, current }: TreeProps) {
  return (
    <ul className="file-tree">
      {nodes.map(node =>
        node.type === 'directory' ? (
          <li key={node.id}>
            <details open>
              <summary>{node.name}</summary>
              <Tree nodes={node.children ?? []} workspace={workspace} current={current} />
            </details>
          </li>
        ) : (
          <li key={node.id}>
            <Link
              href={docPath(node.id, workspace)}
              className="file-row"
              aria-current={node.id === current ? 'page' : undefined}
            >
              <span className="file-name">{node.title}</span>
            </Link>
          </li>
        ),
      )}
    </ul>
  )
}

function Hits({ workspace, q }: { workspace: string; q: string }) {
  const { data, error } = useQuery({
    queryKey: docKeys.search(workspace, q),
    queryFn: ({ signal }) => searchDocs(workspace, q, signal),
  })
  if (error) return <ErrorState what="The documents could not be searched" error={error} />
  if (!data) return <Skeleton rows={3} />
  if (data.results.length === 0) return <p className="muted">No document holds “{q}”.</p>
  return (
    <ul className="file-tree">
      {data.results.map(hit => (
        <li key={hit.id}>
          <Link href={docPath(hit.id, workspace)} className="file-row">
            <span className="file-name">{hit.title}</span>
          </Link>
          {hit.matches.slice(0, 3).map(match => (
            <div key={match.lineNumber} className="muted doc-match">
              {match.lineNumber}: {match.line}
            </div>
          ))}
        </li>
      ))}
    </ul>
  )
}

function NewDocDialog({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const client = useQueryClient()
  const [path, setPath] = useState('')
  const id = path.trim().replace(/\.md$/, '')
  const submit = (): void =>
    void createDoc(workspace, id, `# ${id.split('/').at(-1)}\n`).then(
      () => {
        void client.invalidateQueries({ queryKey: docKeys.all })
        onClose()
        navigate(docPath(id, workspace))
      },
      cause => toastError('The document was not created', cause),
    )
  return (
    <Dialog
      title="New document"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <Button type="submit" tone="primary" disabled={id === ''}>
          Create
        </Button>
      }
    >
      <Field
        label="Path"
        value={path}
        onChange={setPath}
        placeholder="guides/restore"
        hint="Names with / between them."
      />
    </Dialog>
  )
}

export function DocsPage({ rest }: PageProps) {
  const [search, setSearch] = useSearch()
  const [adding, setAdding] = useState(false)
  const workspace = search.get('workspace') ?? ''
  const q = search.get('q') ?? ''
  const labels = useQuery({ queryKey: dagKeys.labels, queryFn: ({ signal }) => fetchLabels(signal) })
  const workspaces = workspacesOf(labels.data?.labels ?? [])
  const current = rest.join('/')
  useTitle(current === '' ? 'Documents' : `${current} · Documents`)
  const { data, error, refetch } = useQuery({
    queryKey: docKeys.tree(workspace),
    queryFn: ({ signal }) => fetchDocs(workspace, signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <>
      <div className="page-head">
        <h1>Documents</h1>
        <div className="page-actions">
          <Button icon="plus" tone="primary" calls="POST /docs" onClick={() => setAdding(true)}>
            New document
          </Button>
        </div>
      </div>
      <div className="artifacts">
        <section className="card" aria-label="All documents">
          <div className="field doc-filters">
            <input
              type="search"
              aria-label="Search in documents"
              placeholder="Search"
              value={q}
              onChange={event => setSearch({ q: event.target.value })}
            />
            <input
              aria-label="Workspace"
              placeholder="All workspaces"
              list="doc-workspaces"
              value={workspace}
              onChange={event => setSearch({ workspace: event.target.value })}
            />
          </div>
          <datalist id="doc-workspaces">
            {workspaces.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
          {error && !data && (
            <ErrorState what="The documents could not be loaded" error={error} onRetry={() => void refetch()} />
          )}
          {!data && !error && <Skeleton rows={4} />}
          {data && q !== '' && <Hits workspace={workspace} q={q} />}
          {data && q === '' && data.tree.length > 0 && (
            <Tree nodes={data.tree} workspace={workspace} current={current} />
          )}
          {data && q === '' && data.tree.length === 0 && <p className="muted doc-match">No documents yet.</p>}
        </section>
        {current === '' ? (
          <EmptyState title="Choose a document">
            <p>
              Markdown files that steps write into <code>$DAG_DOCS_DIR</code> appear here by themselves.
            </p>
          </EmptyState>
        ) : (
          <DocView
            key={current}
            workspace={workspace}
            path={current}
            onMoved={to => navigate(to === undefined ? '/docs' : docPath(to, workspace))}
          />
        )}
      </div>
      {adding && <NewDocDialog workspace={workspace} onClose={() => setAdding(false)} />}
    </>
  )
}
