// Where alerts are posted. The address is write-only: its path often holds a secret.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alertKeys, fetchAlertSettings, saveAlertWebhook, testAlertWebhook } from '../api/alerts.ts'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, Time } from '../components/ui.tsx'

export function AlertWebhook() {
  const client = useQueryClient()
  const [url, setUrl] = useState('')
  const { data } = useQuery({
    queryKey: alertKeys.settings,
    queryFn: ({ signal }) => fetchAlertSettings(signal),
  })
  if (!data) return null
  const save = (address: string): void => {
    saveAlertWebhook(address).then(
      settings => {
        client.setQueryData(alertKeys.settings, settings)
        setUrl('')
        toast('ok', address === '' ? 'Alerts are posted nowhere' : 'Alerts are posted there')
      },
      cause => toastError('The address was not saved', cause),
    )
  }
  const test = (): void => {
    testAlertWebhook().then(
      () => toast('ok', 'The test message was taken'),
      cause => toastError('The test message was not taken', cause),
    )
  }
  return (
    <section className="card alert-webhook" aria-labelledby="alert-webhook">
      <h2 id="alert-webhook">Webhook</h2>
      <p className="muted">
        {data.webhook === null ? (
          'Alerts are shown here, and posted nowhere.'
        ) : (
          <>
            Alerts are posted as JSON to {data.webhook.target}.{' '}
            {data.lastDelivery && (
              <>
                Last: {data.lastDelivery.detail}, <Time value={data.lastDelivery.at} />.
              </>
            )}
          </>
        )}
      </p>
      <form
        className="filters"
        onSubmit={event => {
          event.preventDefault()
          if (url.trim() !== '') save(url.trim())
        }}
      >
        <label className="search-field">
          <input
            type="url"
            aria-label="Address"
            placeholder="https://hooks.example.com/…"
            autoComplete="off"
            value={url}
            onChange={event => setUrl(event.target.value)}
          />
        </label>
        <Button type="submit" disabled={url.trim() === ''}>
          Save
        </Button>
        {data.webhook !== null && (
          <>
            <Button onClick={test}>Send a test</Button>
            <Button tone="ghost" onClick={() => save('')}>
              Remove
            </Button>
          </>
        )}
      </form>
    </section>
  )
}
