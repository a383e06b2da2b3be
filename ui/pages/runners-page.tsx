// `/runners`: the hosts that run steps, what each does now, and how to add one.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { drainRunner, fetchRunners, type Runner, revokeRunner, runnerKeys } from '../api/runners.ts'
import { ConfirmDialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Labels, Skeleton, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { docsText } from '../lib/runner-docs.ts'
import { runPath } from '../lib/url-state.ts'
import { useTitle } from '../lib/use-title.ts'
import { EnrolDialog } from '../settings/enrol-dialog.tsx'
import { RunnerDocsDialog } from '../settings/runner-docs-dialog.tsx'

const REFRESH_MS = 5_000

interface RunnerCardProps {
  runner: Runner
  onDrain: () => void
  onDocs: () => void
  onRevoke: () => void
}

function RunnerCard({ runner, onDrain, onDocs, onRevoke }: RunnerCardProps) {
  const connected = runner.healthStatus !== 'unhealthy'
  const tasks = runner.runningTasks
  return (
    <li className="card runner">
      <div className="runner-head">
        <span className={`status status-${connected ? 'succeeded' : 'failed'}`}>
          <Icon name={connected ? 'succeeded' : 'failed'} size={14} />
          <span>{connected ? (runner.draining ? 'draining' : 'connected') : 'not connected'}</span>
        </span>
        <h2>{runner.id}</h2>
        <span className="muted">{runner.hostname !== runner.id && runner.hostname}</span>
        <span className="card-head-end">
          <Button tone="ghost" calls="POST /workers/{workerId}/drain" onClick={onDrain}>
            {runner.draining ? 'Take back' : 'Drain'}
          </Button>
          <Button tone="ghost" calls="PUT /workers/{workerId}/docs" onClick={onDocs}>
            Documents…
          </Button>
          <Button tone="ghost" calls="DELETE /runners/{runnerId}" onClick={onRevoke}>
            Revoke
          </Button>
        </span>
      </div>
      <Labels labels={Object.entries(runner.labels).map(([name, value]) => `${name}=${value}`)} />
      <p className="muted">{docsText(runner.docs)}.</p>
      <p className="muted">
        {connected ? (
          `${runner.busyPollers} of ${runner.totalPollers} step processes in use${runner.draining ? '; it takes no new work' : ''}`
        ) : (
          <>
            {runner.lastHeartbeatAt === '' ? (
              'Nothing has been heard of it lately.'
            ) : (
              <>
                Last heard of <Time value={runner.lastHeartbeatAt} />.
              </>
            )}{' '}
            Its runs wait for it: start the agent on that host again, or revoke it when it is gone for good.
          </>
        )}
      </p>
      {tasks.length > 0 && (
        <ul className="runner-tasks prose-links">
          {tasks.map(task => (
            <li key={task.dagRunId}>
              <Link href={runPath(task.rootDagRunName, task.rootDagRunId)}>{task.dagName}</Link>{' '}
              <span className="muted mono">{task.dagRunId}</span> <Time value={task.startedAt} />
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

export function RunnersPage() {
  useTitle('Runners')
  const client = useQueryClient()
  const [enrolling, setEnrolling] = useState(false)
  const [revoking, setRevoking] = useState<Runner>()
  const [giving, setGiving] = useState<Runner>()
  const { data, error, refetch } = useQuery({
    queryKey: runnerKeys.list,
    queryFn: ({ signal }) => fetchRunners(signal),
    refetchInterval: REFRESH_MS,
  })
  const setDraining = ({ runnerId, id }: Runner, drain: boolean): void => {
    drainRunner(runnerId, drain).then(
      () => {
        toast('ok', drain ? `${id} takes no new work; what it runs goes on` : `${id} takes work again`)
        void client.invalidateQueries({ queryKey: runnerKeys.list })
      },
      cause => toastError(`${id} was not ${drain ? 'drained' : 'taken back'}`, cause),
    )
  }
  const revoke = ({ runnerId, id }: Runner): void => {
    setRevoking(undefined)
    revokeRunner(runnerId).then(
      () => {
        toast('ok', `${id} is revoked`)
        void client.invalidateQueries({ queryKey: runnerKeys.list })
      },
      cause => toastError(`${id} was not revoked`, cause),
    )
  }
  return (
    <>
      <div className="page-head">
        <h1>Runners</h1>
        <div className="page-actions">
          <Button icon="plus" tone="primary" calls="POST /runners/enrolments" onClick={() => setEnrolling(true)}>
            Add a runner
          </Button>
        </div>
      </div>
      {!data && error && (
        <ErrorState what="The runners could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && <Skeleton rows={3} height={96} />}
      {data?.workers.length === 0 && (
        <EmptyState title="No runner yet">
          <p>Steps run on your own hosts. Add one: it dials out to here, and needs no open port.</p>
        </EmptyState>
      )}
      <ul className="runners">
        {data?.workers.map(runner => (
          <RunnerCard
            key={runner.runnerId}
            runner={runner}
            onDrain={() => setDraining(runner, !runner.draining)}
            onDocs={() => setGiving(runner)}
            onRevoke={() => setRevoking(runner)}
          />
        ))}
      </ul>
      {enrolling && <EnrolDialog onClose={() => setEnrolling(false)} />}
      {giving && <RunnerDocsDialog runner={giving} onClose={() => setGiving(undefined)} />}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.id}?`}
          confirm={`Revoke ${revoking.id}`}
          onClose={() => setRevoking(undefined)}
          onConfirm={() => revoke(revoking)}
        >
          Its credential ends at once and it gets no more work. Steps that it runs now are counted as lost. Adding the
          host again needs a new enrolment.
        </ConfirmDialog>
      )}
    </>
  )
}
