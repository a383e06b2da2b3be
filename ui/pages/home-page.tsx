// `/`: what needs somebody comes first, then what runs now, then what starts next.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useRef } from 'react'
import { type Alert, alertKeys, fetchAlerts } from '../api/alerts.ts'
import { askAgain } from '../api/ask-again.ts'
import { fetchQueues, type Queue } from '../api/queues.ts'
import { fetchRuns, runKeys } from '../api/runs.ts'
import type { DagListItem, RunSummary } from '../api/types.ts'
import { Icon } from '../components/icon.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { ErrorState, Notice, Skeleton, StatusBadge, Time } from '../components/ui.tsx'
import { NoDags } from '../dag/no-dags.tsx'
import { useDagList } from '../dag/use-dag-list.ts'
import { failedDags, nextStarts, unloadableDags } from '../lib/home.ts'
import { Link } from '../lib/router.tsx'
import { shortReason } from '../lib/run-story.ts'
import { runStatus } from '../lib/status.ts'
import { formatCountdown, parseTime, withLocalTimes } from '../lib/time.ts'
import { dagPath, runPath } from '../lib/url-state.ts'
import { useNow } from '../lib/use-now.ts'
import { useTitle } from '../lib/use-title.ts'
import { RunRow, shortId } from '../run/run-row.tsx'

const WAITING = [7]
const RUNNING = [1]
const QUEUED = [5]
/** Of each kind; the rest is a click away. */
const SHOWN = 8
const NEXT_SHOWN = 10
const COALESCE_MS = 1_000

/** Runs by status; refreshed when the list feed tells of a change, at most once a second. */
function useRuns(status: readonly number[]) {
  return useQuery({
    queryKey: [...runKeys.lists, 'home', ...status],
    queryFn: ({ signal }) => fetchRuns({ status }, undefined, signal),
  })
}

function useRefreshRuns(): () => void {
  const client = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      askAgain(client, runKeys.lists)
    }, COALESCE_MS)
  }, [client])
}

/** One thing that needs somebody: what, why, and the way there. */
function Need({
  badge,
  title,
  href,
  children,
}: {
  badge: ReactNode
  title: string
  href: string
  children: ReactNode
}) {
  return (
    <li className="need">
      <div className="need-badge">{badge}</div>
      <div className="need-words">
        <Link className="run-row-name" href={href}>
          {title}
        </Link>
        <div className="need-why muted">{children}</div>
      </div>
    </li>
  )
}

function WaitingNeed({ run }: { run: RunSummary }) {
  return (
    <Need badge={<StatusBadge kind="waiting" />} title={run.name} href={runPath(run.name, run.dagRunId)}>
      {run.reason ?? 'waits for an approval'}, started <Time value={run.startedAt} /> ·{' '}
      <span className="mono">{shortId(run.dagRunId)}</span>
      {run.params && <> · {run.params}</>}
    </Need>
  )
}

function FailedNeed({ item, now }: { item: DagListItem; now: number }) {
  const { latestDAGRun: run } = item
  const retryAt = parseTime(run.nextRetryAt)
  const why = run.reason
  return (
    <Need badge={<StatusBadge kind={runStatus(run)} />} title={item.dag.name} href={runPath(run.name, run.dagRunId)}>
      <Time value={run.finishedAt || run.startedAt} />
      {why && <> · {withLocalTimes(shortReason(why))}</>}
      {retryAt !== undefined && <> · retried by itself {formatCountdown(retryAt, now)}</>}
    </Need>
  )
}

function BrokenNeed({ item }: { item: DagListItem }) {
  const sign = (
    <span className="status status-failed">
      <Icon name="failed" size={14} /> <span>does not load</span>
    </span>
  )
  return (
    <Need badge={sign} title={item.dag.name || item.fileName} href={dagPath(item.fileName, 'spec')}>
      {item.errors?.[0]}
    </Need>
  )
}

function AlertNeed({ alert }: { alert: Alert }) {
  const sign = (
    <span className="status status-failed">
      <Icon name="bell" size={14} /> <span>alert</span>
    </span>
  )
  return (
    <Need badge={sign} title={alert.title} href="/alerts">
      {withLocalTimes(alert.detail)} · <Time value={alert.openedAt} />
    </Need>
  )
}

function More({ count, href, what }: { count: number; href: string; what: string }) {
  if (count <= SHOWN) return null
  return (
    <li className="need-more">
      <Link href={href}>
        {count - SHOWN} more {what}
      </Link>
    </li>
  )
}

function NeedsYou({ dags, waiting, alerts }: { dags: DagListItem[]; waiting: RunSummary[]; alerts: Alert[] }) {
  const failed = failedDags(dags)
  const broken = unloadableDags(dags)
  const now = useNow(failed.some(({ latestDAGRun: run }) => run.nextRetryAt) ? 1_000 : null)
  const count = waiting.length + failed.length + broken.length + alerts.length
  return (
    <section className="card home-needs" aria-labelledby="needs-you">
      <header className="card-head">
        <h2 id="needs-you">Needs you</h2>
        {count > 0 && <span className="muted">{count}</span>}
      </header>
      {count === 0 ? (
        <p className="home-quiet status-succeeded">
          <Icon name="succeeded" size={18} /> Nothing waits for you, and no DAG's newest run has failed.
        </p>
      ) : (
        <ul>
          {waiting.slice(0, SHOWN).map(run => (
            <WaitingNeed key={`${run.name}/${run.dagRunId}`} run={run} />
          ))}
          <More count={waiting.length} href="/dag-runs?status=7" what="that wait" />
          {alerts.slice(0, SHOWN).map(alert => (
            <AlertNeed key={alert.id} alert={alert} />
          ))}
          <More count={alerts.length} href="/alerts" what="alerts" />
          {failed.slice(0, SHOWN).map(item => (
            <FailedNeed key={item.fileName} item={item} now={now} />
          ))}
          <More count={failed.length} href="/dags?sort=status" what="that failed" />
          {broken.slice(0, SHOWN).map(item => (
            <BrokenNeed key={item.fileName} item={item} />
          ))}
          <More count={broken.length} href="/dags" what="that do not load" />
        </ul>
      )}
    </section>
  )
}

/** Queues with something in them, each in a line: what waits in them is on their pages. */
function QueueLines({ queues }: { queues: Queue[] }) {
  return queues.map(({ name, type, queuedCount, runningCount, maxConcurrency, paused }) => (
    <li key={`${type}/${name}`} className="home-next">
      <span>
        {queuedCount} queued in{' '}
        <Link className="run-row-name" href={`/queues/${encodeURIComponent(name)}`}>
          {name}
        </Link>
      </span>
      <span className="muted">{paused ? 'paused' : `${runningCount} of ${maxConcurrency} running`}</span>
    </li>
  ))
}

/** @param others queued runs that stand in no queue: each waits for something of its own */
function RunningNow({ runs, others, queues }: { runs: RunSummary[]; others: RunSummary[]; queues: Queue[] }) {
  const shown = [...runs.slice(0, SHOWN), ...others.slice(0, SHOWN)]
  return (
    <section className="card" aria-labelledby="running-now">
      <header className="card-head">
        <h2 id="running-now">Running and queued</h2>
        {shown.length + queues.length > 0 && (
          <Link className="card-head-end" href="/dag-runs?status=1&status=5">
            All of them
          </Link>
        )}
      </header>
      {shown.length + queues.length === 0 && <p className="home-quiet muted">Nothing runs now.</p>}
      {queues.length > 0 && (
        <ul>
          <QueueLines queues={queues} />
        </ul>
      )}
      {shown.length > 0 && (
        <ul className="run-list">
          {shown.map(run => (
            <li key={`${run.name}/${run.dagRunId}`} className="run-row">
              <RunRow run={run} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function StartsNext({ dags }: { dags: DagListItem[] }) {
  const next = nextStarts(dags, NEXT_SHOWN)
  return (
    <section className="card" aria-labelledby="starts-next">
      <header className="card-head">
        <h2 id="starts-next">Starts next</h2>
      </header>
      {next.length === 0 ? (
        <p className="home-quiet muted">
          No schedule is on. A DAG with <code>schedule:</code> starts by itself.
        </p>
      ) : (
        <ul>
          {next.map(item => (
            <li key={item.fileName} className="home-next">
              <Link className="run-row-name" href={dagPath(item.fileName, 'schedule')}>
                {item.dag.name}
              </Link>
              <Time value={item.nextRun} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

export function HomePage() {
  useTitle('Home')
  const refreshRuns = useRefreshRuns()
  const { data, error, refetch, live } = useDagList(refreshRuns)
  const waiting = useRuns(WAITING)
  const running = useRuns(RUNNING)
  const queued = useRuns(QUEUED)
  const queues = useQuery({
    queryKey: [...runKeys.lists, 'home', 'queues'],
    queryFn: ({ signal }) => fetchQueues(signal),
    enabled: (queued.data?.dagRuns.length ?? 0) > 0,
  })
  // Not asked while nothing is queued: then the last answer is of another time.
  const known = queued.data?.dagRuns.length ? (queues.data?.queues ?? []) : []
  const waitingQueues = known.filter(({ queuedCount }) => queuedCount > 0)
  const others = (queued.data?.dagRuns ?? []).filter(({ reason }) => !reason?.startsWith('waits in queue'))
  const moves = (running.data?.dagRuns.length ?? 0) + (queued.data?.dagRuns.length ?? 0)
  const alerts = useQuery({ queryKey: alertKeys.active, queryFn: ({ signal }) => fetchAlerts('active', signal) })
  const loaded = data && waiting.data && running.data && queued.data
  const failure = error ?? waiting.error ?? running.error ?? queued.error
  return (
    <>
      <div className="page-head">
        <h1>Home</h1>
        <LiveMark state={live.state} />
      </div>
      {!loaded && failure && (
        <ErrorState
          what="The overview could not be loaded"
          error={failure}
          onRetry={() => {
            void refetch()
            refreshRuns()
          }}
        />
      )}
      {!loaded && !failure && <Skeleton rows={3} height={120} />}
      {loaded && data.dags.length === 0 && moves === 0 && <NoDags />}
      {loaded && data.dags.length + moves > 0 && (
        <>
          {data.errors.map(message => (
            <Notice key={message} tone="bad">
              {message}
            </Notice>
          ))}
          <div className="home">
            <div className="home-main">
              <NeedsYou
                dags={data.dags}
                waiting={waiting.data.dagRuns}
                alerts={(alerts.data?.alerts ?? []).filter(
                  ({ severity, resolvedAt, dismissedBy }) =>
                    severity === 'warning' && resolvedAt === undefined && dismissedBy === undefined,
                )}
              />
              <RunningNow runs={running.data.dagRuns} others={others} queues={waitingQueues} />
            </div>
            <StartsNext dags={data.dags} />
          </div>
        </>
      )}
    </>
  )
}
