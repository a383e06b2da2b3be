// API keys: who may call the API, and as what. A key is shown once.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, apiKeyKeys, createApiKey, deleteApiKey, fetchApiKeys } from '../api/api-keys.ts'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { KeptOnceDialog } from '../components/kept-once-dialog.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Notice, Skeleton, Time } from '../components/ui.tsx'
import { ROLES, type Role } from '../lib/access.ts'

const MAY: Record<Role, string> = {
  viewer: 'see DAGs, runs, logs and documents',
  operator: 'also start, stop, retry and approve',
  developer: 'also write DAGs, documents and webhooks',
  manager: 'also profiles, secrets and alerts',
  admin: 'everything, these keys included',
}

function NewKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const create = useMutation({
    mutationFn: () => createApiKey({ name: name.trim(), role, description: '' }),
    onSuccess: onMade,
  })
  if (create.data)
    return (
      <KeptOnceDialog
        title={`API key ${name.trim()}`}
        what="API key"
        where="its user can read it"
        secret={create.data.key}
        example={`curl ${window.location.origin}/api/v1/dags \\\n  -H 'Authorization: Bearer ${create.data.key}'`}
        onClose={onClose}
      />
    )
  return (
    <Dialog
      title="New API key"
      onClose={onClose}
      onSubmit={() => name.trim() !== '' && create.mutate()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="plus" busy={create.isPending} disabled={name.trim() === ''}>
            Create
          </Button>
        </>
      }
    >
      {create.error && <Notice tone="bad">Not created: {create.error.message}</Notice>}
      <Field label="Name" value={name} onChange={setName} placeholder="ci" hint="Who or what uses it." />
      <fieldset className="choices">
        <legend>It may</legend>
        {ROLES.map(each => (
          <label key={each} className="choice">
            <input type="radio" name="role" checked={each === role} onChange={() => setRole(each)} />
            <span>
              <strong>{each}</strong> <span className="muted">{MAY[each]}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Dialog>
  )
}

export function ApiKeysSection() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<ApiKey>()
  const { data, error, refetch } = useQuery({
    queryKey: apiKeyKeys.list,
    queryFn: ({ signal }) => fetchApiKeys(signal),
  })
  const changed = (): void => void client.invalidateQueries({ queryKey: apiKeyKeys.list })
  if (!data && error)
    return <ErrorState what="The API keys could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={3} />
  const remove = (key: ApiKey): void => {
    setRemoving(undefined)
    deleteApiKey(key.id).then(
      () => {
        toast('ok', `${key.name} is deleted`)
        changed()
      },
      cause => toastError(`${key.name} was not deleted`, cause),
    )
  }
  return (
    <>
      <p className="lead">
        A key signs a person or a program in, on the command line, in the API and here. Each has a role, and can be
        taken back alone.
      </p>
      <div className="section-head">
        <Button icon="plus" tone="primary" onClick={() => setAdding(true)}>
          New API key
        </Button>
      </div>
      {data.apiKeys.length === 0 && (
        <EmptyState title="No API key yet">
          <p>Until there is one, only the first token, which the server printed or was given, signs in.</p>
        </EmptyState>
      )}
      <ul className="stack">
        {data.apiKeys.map(key => (
          <li key={key.id} className="card profile">
            <div className="runner-head">
              <h2>{key.name}</h2>
              <span className="label">{key.role}</span>
              <span className="muted">
                <code>{key.keyPrefix}…</code> made <Time value={key.createdAt} />
                {key.createdBy && ` by ${key.createdBy}`}, last used <Time value={key.lastUsedAt ?? ''} empty="never" />
              </span>
              <span className="card-head-end">
                <Button tone="ghost" onClick={() => setRemoving(key)}>
                  Delete
                </Button>
              </span>
            </div>
            {key.description && <p className="muted">{key.description}</p>}
          </li>
        ))}
      </ul>
      {adding && <NewKeyDialog onClose={() => setAdding(false)} onMade={changed} />}
      {removing && (
        <ConfirmDialog
          title={`Delete ${removing.name}?`}
          confirm={`Delete ${removing.name}`}
          onClose={() => setRemoving(undefined)}
          onConfirm={() => remove(removing)}
        >
          Whoever uses this key is refused within seconds, and sessions that began with it end.
        </ConfirmDialog>
      )}
    </>
  )
}
