// The registry of secrets: references that DAGs name, who changed them, and which DAGs need them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  deleteSecret,
  fetchSecret,
  fetchSecrets,
  type RegistrySecret,
  secretKeys,
  setSecretStatus,
} from '../api/secrets.ts'
import { ConfirmDialog } from '../components/dialog.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Skeleton, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { dagPath } from '../lib/url-state.ts'
import { NewSecretDialog, RotateDialog } from './secret-dialogs.tsx'

function Details({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: secretKeys.one(id), queryFn: ({ signal }) => fetchSecret(id, signal) })
  if (error) return <ErrorState what="The secret could not be loaded" error={error} />
  if (!data) return <Skeleton rows={2} height={20} />
  return (
    <>
      <p className="muted">
        {data.usedBy.length === 0 ? 'No DAG names it.' : 'Named by '}
        {data.usedBy.map((file, index) => (
          <span key={file}>
            {index > 0 && ', '}
            <Link href={dagPath(file, 'spec')}>{file}</Link>
          </span>
        ))}
      </p>
      <ul className="muted">
        {data.versions.map(({ version, createdAt, createdBy }) => (
          <li key={version}>
            version {version}, <Time value={createdAt} /> {createdBy && `by ${createdBy}`}
          </li>
        ))}
      </ul>
    </>
  )
}

function SecretCard({ secret, onChanged }: { secret: RegistrySecret; onChanged: () => void }) {
  const [open, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'rotate' | 'delete'>()
  const disabled = secret.status === 'disabled'
  const act = (work: Promise<unknown>, done: string): void => {
    setDialog(undefined)
    work.then(
      () => {
        toast('ok', done)
        onChanged()
      },
      cause => toastError(`${secret.ref} was not changed`, cause),
    )
  }
  return (
    <li className="card profile">
      <div className="runner-head">
        <button type="button" className="disclosure mono" aria-expanded={open} onClick={() => setOpen(!open)}>
          {secret.ref}
        </button>
        {secret.workspace !== '' && <span className="label">{secret.workspace}</span>}
        {disabled && <span className="label">disabled</span>}
        <span className="muted">
          version {secret.currentVersion}, <Time value={secret.updatedAt} />
        </span>
        <span className="card-head-end">
          <Button tone="ghost" onClick={() => setDialog('rotate')}>
            Rotate
          </Button>
          <Button
            tone="ghost"
            onClick={() =>
              act(
                setSecretStatus(secret.id, disabled ? 'active' : 'disabled'),
                `${secret.ref} is ${disabled ? 'active' : 'disabled'}`,
              )
            }
          >
            {disabled ? 'Enable' : 'Disable'}
          </Button>
          <Button tone="ghost" onClick={() => setDialog('delete')}>
            Delete
          </Button>
        </span>
      </div>
      {secret.description && <p className="muted">{secret.description}</p>}
      {open && <Details id={secret.id} />}
      {dialog === 'rotate' && <RotateDialog secret={secret} onClose={() => setDialog(undefined)} onSaved={onChanged} />}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={`Delete ${secret.ref}?`}
          confirm={`Delete ${secret.ref}`}
          onClose={() => setDialog(undefined)}
          onConfirm={() => act(deleteSecret(secret.id), `${secret.ref} deleted`)}
        >
          All its versions are deleted. Runs of DAGs that name it fail before their first step.
        </ConfirmDialog>
      )}
    </li>
  )
}

export function SecretsSection() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: secretKeys.list,
    queryFn: ({ signal }) => fetchSecrets(signal),
  })
  const changed = (): void => {
    void client.invalidateQueries({ queryKey: secretKeys.list })
    void client.invalidateQueries({ queryKey: ['secret'] })
  }
  if (!data && error)
    return <ErrorState what="The secrets could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={4} />
  return (
    <>
      <p className="lead">
        Values that DAGs name by reference. They are encrypted here, decrypted only for an attempt that runs, and masked
        in everything that is stored or shown.
      </p>
      <div className="section-head">
        <Button icon="plus" tone="primary" onClick={() => setAdding(true)}>
          New secret
        </Button>
      </div>
      {data.secrets.length === 0 && (
        <EmptyState title="No secret yet">
          <p>
            A DAG takes one with <code>secrets: [&#123; name: DB_PASSWORD, ref: prod/db-password &#125;]</code>.
          </p>
        </EmptyState>
      )}
      <ul className="stack">
        {data.secrets.map(secret => (
          <SecretCard key={secret.id} secret={secret} onChanged={changed} />
        ))}
      </ul>
      {data.total > data.secrets.length && (
        <p className="muted">
          The first {data.secrets.length} of {data.total} are shown.
        </p>
      )}
      {adding && <NewSecretDialog onClose={() => setAdding(false)} onSaved={changed} />}
    </>
  )
}
