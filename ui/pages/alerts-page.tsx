// `/alerts`: what is wrong now, what was, and where news of it go.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type Alert, type AlertList, alertKeys, dismissAlert, fetchAlerts } from '../api/alerts.ts'
import { Allowed } from '../components/access.tsx'
import { Icon } from '../components/icon.tsx'
import { toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Skeleton, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { withLocalTimes } from '../lib/time.ts'
import { dagPath, runPath } from '../lib/url-state.ts'
import { useTitle } from '../lib/use-title.ts'
import { AlertMail } from '../settings/alert-mail.tsx'
import { AlertWebhook } from '../settings/alert-webhook.tsx'

const REFRESH_MS = 15_000

const isOpen = ({ resolvedAt }: Alert): boolean => resolvedAt === undefined

function ways({ dagName, fileName, dagRunId, runnerId }: Alert) {
  if (dagName !== undefined && dagRunId !== undefined)
    return <Link href={runPath(dagName, dagRunId)}>Open the run</Link>
  if (fileName !== undefined) return <Link href={dagPath(fileName, 'schedule')}>Open its schedule</Link>
  return runnerId === undefined ? null : <Link href="/runners">Open the runners</Link>
}

function AlertItem({ alert, onDismiss }: { alert: Alert; onDismiss?: () => void }) {
  const isOver = alert.resolvedAt !== undefined
  const look = isOver ? 'succeeded' : alert.severity === 'warning' ? 'failed' : 'waiting'
  return (
    <li className="card alert">
      <span className={`status status-${look}`}>
        <Icon name={isOver ? 'succeeded' : 'bell'} size={14} />
        <span>{isOver ? 'over' : alert.severity === 'warning' ? 'alert' : 'note'}</span>
      </span>
      <div className="alert-words">
        <h2>{alert.title}</h2>
        <p className="muted">{withLocalTimes(alert.detail)}</p>
        <p className="muted">
          told <Time value={alert.openedAt} />
          {isOver && (
            <>
              , over <Time value={alert.resolvedAt} />
            </>
          )}
          {alert.dismissedBy !== undefined && `, seen by ${alert.dismissedBy}`} · {ways(alert)}
        </p>
      </div>
      {!isOver && alert.dismissedBy === undefined && alert.severity === 'warning' && onDismiss && (
        <Button calls="POST /alerts/{id}/dismiss" onClick={onDismiss}>
          I have seen it
        </Button>
      )}
    </li>
  )
}

export function AlertsPage() {
  useTitle('Alerts')
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: alertKeys.all,
    queryFn: ({ signal }) => fetchAlerts('all', signal),
    refetchInterval: REFRESH_MS,
  })
  // The bell says the same.
  useEffect(() => {
    if (data) client.setQueryData<AlertList>(alertKeys.active, { ...data, alerts: data.alerts.filter(isOpen) })
  }, [client, data])
  const dismiss = (id: string): void => {
    dismissAlert(id).then(
      () => void client.invalidateQueries({ queryKey: ['alerts'] }),
      cause => toastError('It was not dismissed', cause),
    )
  }
  const active = data?.alerts.filter(isOpen) ?? []
  const over = data?.alerts.filter(({ resolvedAt }) => resolvedAt !== undefined) ?? []
  return (
    <>
      <div className="page-head">
        <h1>Alerts</h1>
      </div>
      {error && !data && (
        <ErrorState what="The alerts could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && <Skeleton rows={3} />}
      {data && active.length === 0 && (
        <EmptyState title="Nothing is wrong">
          <p>
            A start that does not happen, a run that is later or longer than usual, one that is stuck in a queue, and a
            runner that is gone are told here by themselves, and are over by themselves.
          </p>
        </EmptyState>
      )}
      <ul className="stack">
        {active.map(alert => (
          <AlertItem key={alert.id} alert={alert} onDismiss={() => dismiss(alert.id)} />
        ))}
      </ul>
      <Allowed to="GET /settings/alerts">
        <AlertWebhook />
        <AlertMail />
      </Allowed>
      {over.length > 0 && (
        <section aria-labelledby="alerts-over">
          <h2 id="alerts-over">What was</h2>
          <ul className="stack">
            {over.map(alert => (
              <AlertItem key={alert.id} alert={alert} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
