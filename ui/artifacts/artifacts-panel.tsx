// The files that a run has kept: a tree beside a preview. Nothing of a file is run: Markdown becomes elements, pages stand in a
// sandbox without scripts.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import {
  type ArtifactItem,
  type ArtifactPreview,
  artifactKeys,
  artifactUrl,
  fetchArtifacts,
  fetchPreview,
} from '../api/artifacts.ts'
import { Icon } from '../components/icon.tsx'
import { Markdown } from '../components/markdown.tsx'
import { EmptyState, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { useSearch } from '../lib/router.tsx'
import { fileToShow } from './file-to-show.ts'
import { formatBytes } from './format-bytes.ts'

const REFRESH_MS = 5_000

interface At {
  name: string
  id: string
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Content({ at, preview }: { at: At; preview: ArtifactPreview }) {
  const { path, kind, mimeType, content = '', tooLarge, truncated, size } = preview
  if (kind === 'image' && !tooLarge)
    return <img className="artifact-image" src={artifactUrl(at.name, at.id, path, true)} alt={preview.name} />
  if (mimeType === 'text/html')
    return (
      <iframe
        className="artifact-page"
        sandbox=""
        title={`Preview of ${preview.name}`}
        src={artifactUrl(at.name, at.id, path, true)}
      />
    )
  if (kind === 'markdown') return <Markdown text={content} />
  if (kind === 'text')
    return (
      <>
        {truncated && <Notice tone="warn">Only the beginning of {formatBytes(size)} is shown.</Notice>}
        <pre className="preview artifact-text">
          {mimeType === 'application/json' && !truncated ? prettyJson(content) : content}
        </pre>
      </>
    )
  return (
    <EmptyState title={tooLarge ? 'This image is too large to be shown' : 'There is no preview of this kind of file'}>
      <p>
        {mimeType}, {formatBytes(size)}. Download it to look at it.
      </p>
    </EmptyState>
  )
}

/** `revision`: another one when the file is. */
function Preview({ at, path, revision }: { at: At; path: string; revision: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: [...artifactKeys.preview(at.name, at.id, path), revision],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fetchPreview(at.name, at.id, path, signal),
  })
  return (
    <section className="card artifact-preview" aria-label={`Preview of ${path}`}>
      <header className="card-head">
        <h2 className="mono">{path}</h2>
        <a className="button button-plain card-head-end" href={artifactUrl(at.name, at.id, path)} download>
          <Icon name="download" /> Download
        </a>
      </header>
      {error && <ErrorState what="The file could not be shown" error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton rows={4} />}
      {data && <Content at={at} preview={data} />}
    </section>
  )
}

/** What the list says of a file, so that another one is another preview. */
function revisionOf(items: readonly ArtifactItem[], path: string): string {
  for (const item of items) {
    if (item.path === path) return `${item.sha256} ${item.size} ${item.modifiedAt}`
    const found = revisionOf(item.children ?? [], path)
    if (found !== '') return found
  }
  return ''
}

interface TreeProps {
  items: readonly ArtifactItem[]
  chosen: string | undefined
  onChoose: (path: string) => void
}

function Tree({ items, chosen, onChoose }: TreeProps) {
  return (
    <ul className="file-tree">
      {items.map(item =>
        item.type === 'directory' ? (
          <li key={item.path}>
            <details open>
              <summary>{item.name}</summary>
              <Tree items={item.children ?? []} chosen={chosen} onChoose={onChoose} />
            </details>
          </li>
        ) : (
          <li key={item.path}>
            <button
              type="button"
              className="file-row"
              aria-current={item.path === chosen ? 'true' : undefined}
              onClick={() => onChoose(item.path)}
            >
              <span className="file-name">{item.name}</span>
              <span className="muted">{formatBytes(item.size ?? 0)}</span>
            </button>
          </li>
        ),
      )}
    </ul>
  )
}

export function ArtifactsPanel({ name, id, active }: At & { active: boolean }) {
  const [search, setSearch] = useSearch()
  const { data, error, refetch } = useQuery({
    queryKey: artifactKeys.list(name, id),
    queryFn: ({ signal }) => fetchArtifacts(name, id, signal),
    refetchInterval: ({ state }) => (active || state.data?.complete === false ? REFRESH_MS : false),
  })
  if (error && !data)
    return <ErrorState what="The artifacts could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={4} />
  const chosen = search.get('file') ?? fileToShow(data.items)
  if (data.items.length === 0)
    return (
      <EmptyState title={data.complete ? 'This run has kept no files' : 'No files so far'}>
        <p>
          Steps keep a file by writing it into <code>$DAG_RUN_ARTIFACTS_DIR</code>.
        </p>
      </EmptyState>
    )
  return (
    <>
      {data.warnings.length > 0 && <Notice tone="warn">{data.warnings.join('; ')}</Notice>}
      <div className="artifacts">
        <section className="card" aria-label="Files">
          <header className="card-head">
            <h2>Files</h2>
            <span className="muted">
              {data.files}, {formatBytes(data.bytes)}
              {data.complete ? '' : ' so far'}
            </span>
          </header>
          <Tree items={data.items} chosen={chosen} onChoose={file => setSearch({ file })} />
        </section>
        {chosen !== undefined && (
          <Preview key={chosen} at={{ name, id }} path={chosen} revision={revisionOf(data.items, chosen)} />
        )}
      </div>
    </>
  )
}
