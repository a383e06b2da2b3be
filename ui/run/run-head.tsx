// The top of a run: its status, one sentence that says why and what next, the facts, and the buttons that fit its state.
import type { ReactNode } from 'react'
import type { RunDetails } from '../api/types.ts'
import { CopyButton } from '../components/copy-button.tsx'
import { Labels, StatusBadge, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { addressOf, dagHref, isCalled, type RunAddress, relativeOf } from '../lib/run-address.ts'
import { tellRun } from '../lib/run-story.ts'
import { canRetry, runStatus } from '../lib/status.ts'
import { formatSpan, withLocalTimes } from '../lib/time.ts'
import { isMadeUp } from '../lib/trigger.ts'
import { runPath } from '../lib/url-state.ts'
import { RunButtons } from './run-buttons.tsx'
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
  const due = isMadeUp(run)
  return (
    <dl className="facts">
      <div>
        <dt>{queued ? 'Queued' : 'Started'}</dt>
        <dd>
          <Time value={queued ? run.queuedAt || run.createdAt : run.startedAt} empty="not yet" /> {trigger}
        </dd>
      </div>
      {due && (
        <div>
          <dt>Due</dt>
          <dd>
            <Time value={run.scheduleTime} />
          </dd>
        </div>
      )}
      {span !== '' && (
        <div>
          <dt>{run.finishedAt ? 'Took' : 'Running for'}</dt>
          <dd>{span}</dd>
        </div>
      )}
      {(run.host ?? run.workerId) && (
        <div>
          <dt>On</dt>
          <dd title={run.lane?.reason ?? run.workerId}>{run.host ?? run.workerId}</dd>
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
          <CopyButton text={run.dagRunId} what="Run id" />
        </dd>
      </div>
    </dl>
  )
}

interface RunHeadProps {
  run: RunDetails
  now: number
  actions: RunActions
  /** On the DAG's own page its name stands above already. */
  withName: boolean
  /** Other views of the run. */
  children: ReactNode
}

export function RunHead({ run, now, actions, withName, children }: RunHeadProps) {
  const kind = runStatus(run)
  const story = tellRun(run, now)
  const dag = dagHref(run)
  const from = story.step !== undefined && canRetry(kind) && kind !== 'succeeded' ? story.step : undefined
  return (
    <header className={`run-head status-${kind}`}>
      <Breadcrumb run={run} />
      <div className="run-line">
        {withName && <h1 className="run-title">{dag === undefined ? run.name : <Link href={dag}>{run.name}</Link>}</h1>}
        <StatusBadge kind={kind} />
        <Labels labels={run.labels} />
        <RunButtons run={run} actions={actions} from={from} />
      </div>
      <p className="run-story">
        {withLocalTimes(story.sentence)} {story.next && <span className="muted">{story.next}</span>}
      </p>
      <div className="run-under">
        <Facts run={run} now={now} />
        {children}
      </div>
    </header>
  )
}
