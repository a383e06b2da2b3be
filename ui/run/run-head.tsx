// The top of a run: its status, one sentence that says why and what next, the facts, and the buttons that fit its state.
import { lazy, Suspense, useState } from 'react'
import type { RunDetails } from '../api/types.ts'
import { ConfirmDialog } from '../components/dialog.tsx'
import { Button, Labels, StatusBadge, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { addressOf, isCalled, type RunAddress, relativeOf } from '../lib/run-address.ts'
import { tellRun } from '../lib/run-story.ts'
import { canRetry, isActive, runStatus } from '../lib/status.ts'
import { formatSpan, withLocalTimes } from '../lib/time.ts'
import { dagPath, runPath } from '../lib/url-state.ts'
import type { RunActions } from './use-run-actions.ts'

const TRIGGER_WORDS: Record<string, string> = {
  scheduler: 'by schedule',
  manual: 'by hand',
  webhook: 'by webhook',
  subdag: 'by a parent run',
  retry: 'as a retry',
  catchup: 'to catch up',
}

const linkTo = ({ name, id }: RunAddress, step?: string): string => runPath(name, id, step)

/** The way from the top run to this one. */
function Breadcrumb({ run }: { run: RunDetails }) {
  if (!isCalled(run) || !run.rootDAGRunName || !run.rootDAGRunId) return null
  const isDirect = run.parentDAGRunId === run.rootDAGRunId
  return (
    <nav className="run-crumbs" aria-label="Called by">
      <Link href={runPath(run.rootDAGRunName, run.rootDAGRunId, isDirect ? run.parentStepName : undefined)}>
        {run.rootDAGRunName}
      </Link>
      {!isDirect && run.parentDAGRunId && (
        <>
          {' › … › '}
          <Link href={linkTo(relativeOf(run, run.parentDAGRunId), run.parentStepName)}>{run.parentDAGRunName}</Link>
        </>
      )}
      {run.parentStepName && ` › ${run.parentStepName}`} {'›'}
    </nav>
  )
}

function Facts({ run, now }: { run: RunDetails; now: number }) {
  const queued = runStatus(run) === 'queued'
  const trigger = TRIGGER_WORDS[run.triggerType ?? '']
  const span = formatSpan(run.startedAt, run.finishedAt, now)
  return (
    <dl className="facts">
      <div>
        <dt>{queued ? 'Queued' : 'Started'}</dt>
        <dd>
          <Time value={queued ? run.queuedAt : run.startedAt} empty={queued ? '' : 'not yet'} /> {trigger}
        </dd>
      </div>
      {span !== '' && (
        <div>
          <dt>{run.finishedAt ? 'Took' : 'Running for'}</dt>
          <dd>{span}</dd>
        </div>
      )}
      {(run.host ?? run.workerId) && (
        <div>
          <dt>On</dt>
          <dd title={run.workerId}>{run.host ?? run.workerId}</dd>
        </div>
      )}
      {run.params && (
        <div className="fact-params">
          <dt>Params</dt>
          <dd>
            <code>{run.params}</code>
          </dd>
        </div>
      )}
      {(run.autoRetryLimit ?? 0) > 0 && (
        <div>
          <dt>Automatic retries</dt>
          <dd>
            {run.autoRetryCount ?? 0} of {run.autoRetryLimit}
          </dd>
        </div>
      )}
      {run.profileName && (
        <div>
          <dt>Profile</dt>
          <dd>{run.profileName}</dd>
        </div>
      )}
      {run.parentDAGRunName && run.parentDAGRunId && (
        <div>
          <dt>Parent</dt>
          <dd>
            <Link href={linkTo(relativeOf(run, run.parentDAGRunId), run.parentStepName)}>{run.parentDAGRunName}</Link>
            {run.parentStepName && <span className="muted"> step {run.parentStepName}</span>}
          </dd>
        </div>
      )}
      <div>
        <dt>Run id</dt>
        <dd className="run-id" title={run.dagRunId}>
          <Link href={linkTo(addressOf(run))}>{run.dagRunId}</Link>
        </dd>
      </div>
    </dl>
  )
}

/** With the code editor: loaded when it is asked for. */
const EditRetryDialog = lazy(() =>
  import('./edit-retry-dialog.tsx').then(({ EditRetryDialog }) => ({ default: EditRetryDialog })),
)

interface RunHeadProps {
  run: RunDetails
  now: number
  actions: RunActions
  /** On the DAG's own page its name stands above already. */
  withName: boolean
}

export function RunHead({ run, now, actions, withName }: RunHeadProps) {
  const [asking, setAsking] = useState(false)
  const [editing, setEditing] = useState(false)
  const kind = runStatus(run)
  const story = tellRun(run, now)
  // Only what stands in a queue can be taken out of it; a run that waits for a host is stopped.
  const queued = kind === 'queued' && Boolean(run.queuedAt)
  const stoppable = isActive(kind) || kind === 'not_started'
  const from = story.step !== undefined && canRetry(kind) && kind !== 'succeeded' ? story.step : undefined
  const stop = (): void => {
    setAsking(false)
    if (queued) actions.dequeue()
    else actions.stop()
  }
  return (
    <header className={`run-head status-${kind}`}>
      <Breadcrumb run={run} />
      <div className="run-line">
        {withName && (
          <h1 className="run-title">
            {run.specFromFile === false || (isCalled(run) && !run.sourceFileName) ? (
              run.name
            ) : (
              <Link href={dagPath(run.sourceFileName ?? run.name)}>{run.name}</Link>
            )}
          </h1>
        )}
        <StatusBadge kind={kind} />
        <Labels labels={run.labels} />
        <div className="run-actions">
          {stoppable && (
            <Button icon="stop" tone="danger" busy={actions.busy} onClick={() => setAsking(true)}>
              {queued ? 'Take out of the queue' : 'Stop'}
            </Button>
          )}
          {canRetry(kind) && !isCalled(run) && (
            <>
              <Button icon="play" busy={actions.busy} onClick={actions.again}>
                Run again
              </Button>
              <Button busy={actions.busy} onClick={() => setEditing(true)}>
                Edit and retry
              </Button>
            </>
          )}
          {canRetry(kind) && !isCalled(run) && (
            <Button
              icon="retry"
              tone={kind === 'succeeded' ? 'plain' : 'primary'}
              busy={actions.busy}
              onClick={() => actions.retry()}
            >
              {from === undefined ? 'Retry' : `Retry from ${from}`}
            </Button>
          )}
        </div>
      </div>
      <p className="run-story">
        {withLocalTimes(story.sentence)} {story.next && <span className="muted">{story.next}</span>}
      </p>
      <Facts run={run} now={now} />
      {editing && (
        <Suspense fallback={null}>
          <EditRetryDialog name={run.name} id={run.dagRunId} onClose={() => setEditing(false)} />
        </Suspense>
      )}
      {asking && (
        <ConfirmDialog
          title={queued ? `Take ${run.name} out of the queue?` : `Stop ${run.name}?`}
          confirm={queued ? 'Take out' : `Stop ${run.name}`}
          onConfirm={stop}
          onClose={() => setAsking(false)}
        >
          {queued
            ? 'The run does not start. You can start the DAG again at any time.'
            : 'Running steps get their stop signal and, if they do not end, are killed. Steps that succeeded are kept, and a retry goes on from there.'}
        </ConfirmDialog>
      )}
    </header>
  )
}
