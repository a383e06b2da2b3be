// One run in a list: how it went, when, how long, and why if it does not move.
import type { RunSummary } from '../api/types.ts'
import { Labels, StatusBadge, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { shortReason } from '../lib/run-story.ts'
import { isActive, runStatus } from '../lib/status.ts'
import { formatCountdown, formatSpan, parseTime, withLocalTimes } from '../lib/time.ts'
import { isMadeUp, TRIGGERS } from '../lib/trigger.ts'
import { runPath } from '../lib/url-state.ts'
import { useNow } from '../lib/use-now.ts'
import { QueuePlace } from '../queues/queue-place.tsx'

export const shortId = (id: string): string => (id.length > 22 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id)

export function RunRow({ run, withName = true }: { run: RunSummary; withName?: boolean }) {
  const kind = runStatus(run)
  const retryAt = kind === 'failed' ? parseTime(run.nextRetryAt) : undefined
  const now = useNow(kind === 'running' || retryAt !== undefined ? 1_000 : null)
  const detail = isActive(kind) || kind === 'failed' ? run.reason : undefined
  const queue = kind === 'queued' && detail?.startsWith('waits in queue') ? run.queueName : undefined
  return (
    <>
      <div className="run-row-status">
        <StatusBadge kind={kind} />
      </div>
      <div className="run-row-id">
        <Link className="run-row-name" href={runPath(run.name, run.dagRunId)}>
          {withName ? run.name : shortId(run.dagRunId)}
        </Link>
        {withName && (
          <span className="muted mono run-row-short" title={run.dagRunId}>
            {shortId(run.dagRunId)}
          </span>
        )}
        {withName && <Labels labels={run.labels} />}
        {(run.params || detail || retryAt !== undefined) && (
          <div className="run-row-detail muted">
            {queue !== undefined && <QueuePlace run={run} queue={queue} />}
            {detail && queue === undefined && (
              <span className={kind === 'failed' ? 'step-error' : ''}>{withLocalTimes(shortReason(detail))}</span>
            )}
            {retryAt !== undefined && (
              <span className="run-row-retry">retried by itself {formatCountdown(retryAt, now)}</span>
            )}
            {run.params && <code title={run.params}>{run.params}</code>}
          </div>
        )}
      </div>
      <div className="run-row-trigger muted">
        {TRIGGERS[run.triggerType ?? ''] ?? run.triggerType}
        {isMadeUp(run) && (
          <span>
            for <Time value={run.scheduleTime} />
          </span>
        )}
      </div>
      <div className="run-row-when">
        <Time value={run.startedAt || run.queuedAt} />
      </div>
      <div className="run-row-span">
        {kind === 'running' && run.steps ? (
          <progress value={run.steps.done} max={run.steps.total} aria-label="Steps done" />
        ) : null}
        {formatSpan(run.startedAt, run.finishedAt, now)}
      </div>
    </>
  )
}
