// The webhook of a DAG: made here, its secrets shown once, and what was delivered of late.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  createWebhook,
  deleteWebhook,
  disableHmac,
  enableHmac,
  fetchDeliveries,
  fetchWebhook,
  type HmacMode,
  regenerateToken,
  toggleWebhook,
  type Webhook,
  type WebhookProvider,
  webhookKeys,
} from '../api/webhook.ts'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { KeptOnceDialog } from '../components/kept-once-dialog.tsx'
import { Snippet } from '../components/snippet.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Notice, Skeleton, Switch, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'
import { WebhookProfiles } from './webhook-profiles.tsx'

const PROVIDERS: Record<WebhookProvider, string> = {
  generic: 'Plain HMAC-SHA256',
  github: 'GitHub',
  gitlab: 'GitLab',
  stripe: 'Stripe',
  standard: 'Standard Webhooks',
}

interface Secret {
  label: string
  value: string
}

const address = (file: string): string => `${window.location.origin}/api/v1/webhooks/${encodeURIComponent(file)}`

const curl = (file: string, token: string): string =>
  `curl -X POST ${address(file)} \\\n  -H 'Authorization: Bearer ${token}' \\\n  -d '{"payload": {"ref": "main"}}'`

function SecretDialog({ file, secret, onClose }: { file: string; secret: Secret; onClose: () => void }) {
  return (
    <KeptOnceDialog
      title={`${secret.label} of ${file}`}
      what={secret.label}
      where="the sender can use it"
      secret={secret.value}
      example={secret.label === 'Token' ? curl(file, secret.value) : undefined}
      onClose={onClose}
    />
  )
}

function HmacDialog({
  file,
  onClose,
  onMade,
}: {
  file: string
  onClose: () => void
  onMade: (secret: Secret) => void
}) {
  const [provider, setProvider] = useState<WebhookProvider>('generic')
  const [authMode, setAuthMode] = useState<HmacMode>('hmac_only')
  const [given, setGiven] = useState('')
  const submit = (): void => {
    const secret = given.trim() === '' ? {} : { secret: given.trim() }
    enableHmac(file, { provider, authMode, ...secret }).then(
      ({ hmacSecret }) => onMade({ label: 'HMAC secret', value: hmacSecret }),
      cause => toastError('Signatures were not enabled', cause),
    )
  }
  return (
    <Dialog
      title="Ask for signatures"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <Button type="submit" tone="primary">
          Enable
        </Button>
      }
    >
      <div className="field">
        <label htmlFor="webhook-provider">Signed as</label>
        <select
          id="webhook-provider"
          value={provider}
          onChange={event => setProvider(event.target.value as WebhookProvider)}
        >
          {Object.entries(PROVIDERS).map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="webhook-mode">A delivery needs</label>
        <select id="webhook-mode" value={authMode} onChange={event => setAuthMode(event.target.value as HmacMode)}>
          <option value="hmac_only">the signature</option>
          <option value="token_and_hmac">the token and the signature</option>
        </select>
      </div>
      <Field
        label="Secret"
        type="password"
        value={given}
        onChange={setGiven}
        hint="Where the sender makes it (Stripe); leave it empty to have one made here."
      />
    </Dialog>
  )
}

function Deliveries({ file, name }: { file: string; name: string }) {
  const { data } = useQuery({
    queryKey: webhookKeys.deliveries(file),
    queryFn: ({ signal }) => fetchDeliveries(file, signal),
    refetchInterval: 10_000,
  })
  if (!data || data.deliveries.length === 0) return <p className="muted">Nothing was delivered yet.</p>
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th>Received</th>
          <th>Answer</th>
          <th>Run</th>
          <th>Note</th>
        </tr>
      </thead>
      <tbody>
        {data.deliveries.map(delivery => (
          <tr key={delivery.id}>
            <td>
              <Time value={delivery.receivedAt} />
            </td>
            <td>{delivery.status}</td>
            <td>
              {delivery.dagRunId ? <Link href={runPath(name, delivery.dagRunId)}>{delivery.dagRunId}</Link> : '—'}
            </td>
            <td className="muted">{delivery.note ?? delivery.deliveryId ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

type Open = 'hmac' | 'regenerate' | 'delete' | undefined

function Present({ file, name, webhook }: { file: string; name: string; webhook: Webhook }) {
  const client = useQueryClient()
  const [open, setOpen] = useState<Open>()
  const [secret, setSecret] = useState<Secret>()
  const { enabled, authMode, hmac } = webhook
  const act = (work: Promise<unknown>, done: string): void => {
    setOpen(undefined)
    work
      .then(
        () => toast('ok', done),
        cause => toastError('The webhook was not changed', cause),
      )
      .finally(() => void client.invalidateQueries({ queryKey: webhookKeys.one(file) }))
  }
  const made = (value: Secret): void => {
    setOpen(undefined)
    setSecret(value)
    void client.invalidateQueries({ queryKey: webhookKeys.one(file) })
  }
  return (
    <div className="stack">
      <section className="card profile" aria-label="Webhook">
        <div className="runner-head">
          <Switch
            label="Enabled"
            checked={enabled}
            onChange={next => act(toggleWebhook(file, next), next ? 'Enabled' : 'Disabled')}
          />
          <span className="muted">
            token {webhook.tokenPrefix}…, made by {webhook.createdBy} <Time value={webhook.createdAt} />, last used{' '}
            <Time value={webhook.lastUsedAt} empty="never" />
          </span>
          <span className="card-head-end">
            <Button tone="ghost" onClick={() => setOpen('regenerate')}>
              New token
            </Button>
            <Button tone="ghost" onClick={() => setOpen('delete')}>
              Delete
            </Button>
          </span>
        </div>
        <Snippet text={authMode === 'hmac_only' ? `POST ${address(file)}` : curl(file, '$TOKEN')} what="Example call" />
        <div className="runner-head">
          <span>
            {hmac.enabled
              ? `Signatures: ${PROVIDERS[hmac.provider ?? 'generic']} in ${hmac.headerName}${authMode === 'hmac_only' ? ', no token needed' : ', beside the token'}${hmac.enforcementMode === 'observe' ? ' (observed only)' : ''}`
              : 'No signatures are asked for.'}
          </span>
          <span className="card-head-end">
            <Button tone="ghost" onClick={() => setOpen('hmac')}>
              {hmac.enabled ? 'New secret' : 'Ask for signatures'}
            </Button>
            {hmac.enabled && (
              <Button tone="ghost" onClick={() => act(disableHmac(file), 'Signatures are not asked for any more')}>
                Disable
              </Button>
            )}
          </span>
        </div>
      </section>
      <WebhookProfiles file={file} webhook={webhook} />
      <section className="card profile">
        <h2>Recent deliveries</h2>
        <Deliveries file={file} name={name} />
      </section>
      {open === 'hmac' && <HmacDialog file={file} onClose={() => setOpen(undefined)} onMade={made} />}
      {open === 'regenerate' && (
        <ConfirmDialog
          title="Make a new token?"
          confirm="Make a new token"
          onClose={() => setOpen(undefined)}
          onConfirm={() =>
            regenerateToken(file).then(
              ({ token }) => made({ label: 'Token', value: token }),
              cause => toastError('No token was made', cause),
            )
          }
        >
          Whoever uses the present token is refused from then on.
        </ConfirmDialog>
      )}
      {open === 'delete' && (
        <ConfirmDialog
          title="Delete the webhook?"
          confirm="Delete the webhook"
          onClose={() => setOpen(undefined)}
          onConfirm={() => act(deleteWebhook(file), 'The webhook is deleted')}
        >
          Its token and secret are refused from then on. Runs that it has started stay.
        </ConfirmDialog>
      )}
      {secret && <SecretDialog file={file} secret={secret} onClose={() => setSecret(undefined)} />}
    </div>
  )
}

export function WebhookPanel({ file, name }: { file: string; name: string }) {
  const client = useQueryClient()
  const [secret, setSecret] = useState<Secret>()
  const { data, error, refetch } = useQuery({
    queryKey: webhookKeys.one(file),
    queryFn: ({ signal }) => fetchWebhook(file, signal),
  })
  const create = (): void =>
    void createWebhook(file).then(
      ({ token }) => {
        setSecret({ label: 'Token', value: token })
        void client.invalidateQueries({ queryKey: webhookKeys.one(file) })
      },
      cause => toastError('No webhook was made', cause),
    )
  if (error && data === undefined)
    return <ErrorState what="The webhook could not be loaded" error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton rows={3} />
  return (
    <>
      {data === null ? (
        <EmptyState
          title="No webhook"
          action={
            <Button icon="plus" tone="primary" onClick={create}>
              Create a webhook
            </Button>
          }
        >
          <p>
            A webhook lets other programs start this DAG: GitHub, GitLab, Stripe, or anything that can post JSON. Steps
            find what was posted in <code>$WEBHOOK_PAYLOAD</code>.
          </p>
        </EmptyState>
      ) : (
        <>
          {!data.enabled && <Notice tone="warn">This webhook is disabled: deliveries are refused.</Notice>}
          <Present file={file} name={name} webhook={data} />
        </>
      )}
      {secret && <SecretDialog file={file} secret={secret} onClose={() => setSecret(undefined)} />}
    </>
  )
}
