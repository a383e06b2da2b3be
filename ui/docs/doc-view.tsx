// One document: shown as Markdown, edited as text. A save never goes over what somebody else has written meanwhile.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, isGone } from '../api/client.ts'
import { type Doc, deleteDoc, docKeys, fetchDoc, renameDoc, saveDoc } from '../api/docs.ts'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { Markdown } from '../components/markdown.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, ErrorState, Notice, Skeleton, Time } from '../components/ui.tsx'

const REFRESH_MS = 10_000

const withoutFrontMatter = (text: string): string => text.replace(/^---\r?\n[\s\S]*?\r?\n---\r?(\n|$)/, '')

interface EditorProps {
  workspace: string
  path: string
  doc: Doc
  onDone: () => void
}

function Editor({ workspace, path, doc, onDone }: EditorProps) {
  const client = useQueryClient()
  // What is saved over is what was opened, whatever is loaded while somebody types.
  const [before] = useState(doc.content)
  const [text, setText] = useState(doc.content)
  const [conflict, setConflict] = useState(false)
  const save = (): void =>
    void saveDoc(workspace, path, text, before).then(
      () => {
        toast('ok', 'Saved')
        void client.invalidateQueries({ queryKey: docKeys.one(workspace, path) })
        void client.invalidateQueries({ queryKey: docKeys.all })
        onDone()
      },
      cause => {
        if (cause instanceof ApiError && cause.code === 'conflict') setConflict(true)
        else toastError('The document was not saved', cause)
      },
    )
  return (
    <>
      {conflict && (
        <Notice tone="bad">
          Somebody else has changed this document since you opened it. Copy your text, cancel, and open it again.
        </Notice>
      )}
      <div className="field">
        <label className="visually-hidden" htmlFor="doc-text">
          Text of {path}
        </label>
        <textarea
          id="doc-text"
          className="doc-text mono"
          rows={28}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </div>
      <div className="entry-buttons">
        <Button tone="primary" disabled={text === before} onClick={save}>
          Save
        </Button>
        <Button tone="ghost" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </>
  )
}

interface DocViewProps {
  workspace: string
  path: string
  /** It has another path now; undefined: it is gone. */
  onMoved: (path: string | undefined) => void
}

export function DocView({ workspace, path, onMoved }: DocViewProps) {
  const client = useQueryClient()
  const [mode, setMode] = useState<'read' | 'edit' | 'rename' | 'delete'>('read')
  const [newPath, setNewPath] = useState(path)
  const { data, error, refetch } = useQuery({
    queryKey: docKeys.one(workspace, path),
    queryFn: ({ signal }) => fetchDoc(workspace, path, signal),
    refetchInterval: REFRESH_MS,
  })
  const act = (work: Promise<unknown>, to: string | undefined): void =>
    void work.then(
      () => {
        void client.invalidateQueries({ queryKey: docKeys.all })
        onMoved(to)
      },
      cause => toastError('The document was not changed', cause),
    )
  // What somebody types is kept, also where the document is gone meanwhile.
  if (error && (!data || (isGone(error) && mode !== 'edit')))
    return <ErrorState what={`${path} could not be opened`} error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} />
  const target = newPath.trim()
  return (
    <section className="card doc" aria-label={path}>
      <header className="card-head">
        <h2 className="mono">{path}</h2>
        <span className="muted">
          changed <Time value={data.updatedAt} />
        </span>
        {mode !== 'edit' && (
          <span className="card-head-end entry-buttons">
            <Button calls="PATCH /docs/doc" onClick={() => setMode('edit')}>
              Edit
            </Button>
            <Button tone="ghost" calls="POST /docs/doc/rename" onClick={() => setMode('rename')}>
              Rename
            </Button>
            <Button tone="ghost" calls="DELETE /docs/doc" onClick={() => setMode('delete')}>
              Delete
            </Button>
          </span>
        )}
      </header>
      {mode === 'edit' ? (
        <Editor workspace={workspace} path={path} doc={data} onDone={() => setMode('read')} />
      ) : (
        <Markdown text={withoutFrontMatter(data.content)} />
      )}
      {mode === 'rename' && (
        <Dialog
          title={`Rename ${path}`}
          onClose={() => setMode('read')}
          onSubmit={() => act(renameDoc(workspace, path, target), target.replace(/\.md$/, ''))}
          footer={
            <Button type="submit" tone="primary" disabled={target === '' || target === path}>
              Rename
            </Button>
          }
        >
          <Field label="New path" value={newPath} onChange={setNewPath} hint="Names with / between them." />
        </Dialog>
      )}
      {mode === 'delete' && (
        <ConfirmDialog
          title={`Delete ${path}?`}
          confirm="Delete it"
          onClose={() => setMode('read')}
          onConfirm={() => act(deleteDoc(workspace, path), undefined)}
        >
          The document is gone for everybody.
        </ConfirmDialog>
      )}
    </section>
  )
}
