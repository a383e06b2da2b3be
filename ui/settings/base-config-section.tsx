// The base configuration: the YAML that lies under every DAG, or under those of a workspace.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { fetchBaseConfig, saveBaseConfig, settingsKeys } from '../api/settings.ts'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { YamlField } from '../editor/yaml-field.tsx'
import { useLeaveGuard, useSearch } from '../lib/router.tsx'

const LEAVE_QUESTION = 'The base configuration has changes that are not saved. Leave and lose them?'

export function BaseConfigSection() {
  const [search, setSearch] = useSearch()
  const workspace = search.get('workspace') ?? ''
  const [typed, setTyped] = useState(workspace)
  return (
    <>
      <p className="lead">
        Values here hold for every DAG that does not say otherwise: <code>env</code>, <code>handler_on</code>,{' '}
        <code>mail_on</code>, <code>hist_retention_days</code> and the like. A workspace (label{' '}
        <code>workspace=NAME</code>) may have its own over them. A run that has started keeps what it started with.
      </p>
      <form
        className="filters"
        onSubmit={event => {
          event.preventDefault()
          setSearch({ workspace: typed.trim() || undefined })
        }}
      >
        <label className="search-field search-field-narrow">
          <input
            type="search"
            aria-label="Workspace"
            placeholder="Workspace"
            value={typed}
            onChange={event => setTyped(event.target.value)}
          />
        </label>
        <Button type="submit" disabled={typed.trim() === workspace}>
          Show
        </Button>
      </form>
      <BaseConfig key={workspace} workspace={workspace} />
    </>
  )
}

function BaseConfig({ workspace }: { workspace: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: settingsKeys.base(workspace),
    queryFn: ({ signal }) => fetchBaseConfig(workspace, signal),
    refetchOnWindowFocus: false,
  })
  if (!data && error)
    return <ErrorState what="The base configuration could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={1} height={320} />
  return <Editor workspace={workspace} stored={data.spec} found={data.errors} />
}

function Editor({ workspace, stored, found }: { workspace: string; stored: string; found: string[] }) {
  const client = useQueryClient()
  const [text, setText] = useState(stored)
  const [errors, setErrors] = useState(found)
  const [saving, setSaving] = useState(false)
  const dirty = text !== stored
  useLeaveGuard(dirty, LEAVE_QUESTION)
  const save = async (spec: string): Promise<void> => {
    setSaving(true)
    try {
      await saveBaseConfig(workspace, spec)
      client.setQueryData(settingsKeys.base(workspace), { spec, errors: [] })
      void client.invalidateQueries({ queryKey: ['dags'] })
      setErrors([])
      toast('ok', 'Base configuration saved: it holds for runs that start from now on')
    } catch (cause) {
      const refused = cause instanceof ApiError && Array.isArray(cause.body.errors)
      if (refused) setErrors(cause.body.errors as string[])
      else toastError('Not saved', cause)
    }
    setSaving(false)
  }
  return (
    <section className="editor card" aria-label="Base configuration">
      <header className="card-head">
        <span className="mono">{workspace === '' ? 'base.yaml' : `base.yaml of ${workspace}`}</span>
        <span className="muted" role="status">
          {dirty ? 'not saved' : 'saved'}
        </span>
        <span className="card-head-end">
          <Button tone="primary" busy={saving} disabled={!dirty} onClick={() => void save(text)}>
            Save
          </Button>
        </span>
      </header>
      {errors.length > 0 && (
        <Notice tone="bad">
          {errors.map(line => (
            <div key={line}>{line}</div>
          ))}
        </Notice>
      )}
      <YamlField stored={stored} onChange={setText} onSave={spec => void save(spec)} />
    </section>
  )
}
