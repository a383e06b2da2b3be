// `/dags/:file/:tab`: one DAG with its latest run, its spec and its history.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useState } from 'react'
import { askAgain } from '../api/ask-again.ts'
import { isGone } from '../api/client.ts'
import { dagKeys, fetchDag, fetchHistory } from '../api/dags.ts'
import { type ListFrame, type LiveFrame, runKey } from '../api/live-messages.ts'
import { runKeys } from '../api/runs.ts'
import { scheduleKeys } from '../api/schedule.ts'
import type { DagDetails, DagListItem, RunDetails } from '../api/types.ts'
import { useLive } from '../api/use-live.ts'
import { useAccess } from '../components/access.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Tabs } from '../components/tabs.tsx'
import { Button, EmptyState, ErrorState, Labels, Notice, Skeleton, Time } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { HistoryGrid } from '../dag/history-grid.tsx'
import { StartDialog } from '../dag/start-dialog.tsx'
import { SuspendSwitch } from '../dag/suspend-switch.tsx'
import { Graph } from '../graph/graph.tsx'
import { Link, navigate } from '../lib/router.tsx'
import { scheduleListWords } from '../lib/schedule.ts'
import { runStatus } from '../lib/status.ts'
import { type DagTab, dagPath } from '../lib/url-state.ts'
import { useTitle } from '../lib/use-title.ts'
import { RunRow } from '../run/run-row.tsx'
import { RunView } from '../run/run-view.tsx'
import { useRun } from '../run/use-run.ts'

const SpecEditor = lazy(() => import('../editor/spec-editor.tsx').then(module => ({ default: module.SpecEditor })))
const SchedulePanel = lazy(() =>
  import('../dag/schedule-panel.tsx').then(module => ({ default: module.SchedulePanel })),
)

const DagSettings = lazy(() => import('../dag/dag-settings.tsx').then(module => ({ default: module.DagSettings })))

const WebhookPanel = lazy(() => import('../dag/webhook-panel.tsx').then(module => ({ default: module.WebhookPanel })))

function LatestRun({ run: initial }: { run: RunDetails }) {
  const { run = initial, ...source } = useRun(initial.name, initial.dagRunId, initial)
  const kind = runStatus(run)
  useTitle(run.name, kind)
  return <RunView run={run} source={source} withName={false} />
}

/** Before the first run: what would run. */
function NeverRan({ dag, onStart }: { dag: DagDetails; onStart: () => void }) {
  const steps = dag.dag.steps ?? []
  return (
    <>
      <EmptyState
        title={`${dag.dag.name} has not run yet`}
        action={
          <Button
            icon="play"
            tone="primary"
            calls="POST /dags/{fileName}/start"
            disabled={(dag.errors ?? []).length > 0}
            onClick={onStart}
          >
            Start it
          </Button>
        }
      >
        <p>Start it here, or from a terminal:</p>
        <Snippet text={`npx edgedag start ${dag.fileName}`} what="Command" />
      </EmptyState>
      {steps.length > 0 && (
        <section className="card" aria-label="Graph">
          <Graph
            nodes={steps.map(step => ({ name: step.name, depends: step.depends, status: 'not_started' }))}
            onSelect={() => navigate(dagPath(dag.fileName, 'spec'))}
          />
        </section>
      )}
    </>
  )
}

function History({ file }: { file: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: dagKeys.history(file),
    queryFn: ({ signal }) => fetchHistory(file, signal),
    staleTime: 0,
  })
  if (error && !data)
    return <ErrorState what="The history could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} />
  if (data.dagRuns.length === 0)
    return (
      <EmptyState title="No runs yet">
        <p>Each run of this DAG is listed here until retention removes it.</p>
      </EmptyState>
    )
  return (
    <>
      <HistoryGrid runs={data.dagRuns} />
      <VirtualList
        className="list run-list"
        items={data.dagRuns}
        keyOf={runKey}
        estimate={46}
        rowClass={() => 'run-row'}
      >
        {run => <RunRow run={run} withName={false} />}
      </VirtualList>
    </>
  )
}

/** Watches the list feed for changes of this DAG: a new run, an edit, a switched schedule, its end. */
function useDagFeed(file: string, latest: { name: string; dagRunId: string } | undefined) {
  const client = useQueryClient()
  const name = latest?.name ?? ''
  const runId = latest?.dagRunId ?? ''
  const refresh = useCallback(() => {
    const keys = [dagKeys.one, dagKeys.history, dagKeys.spec, scheduleKeys.one, scheduleKeys.backfills]
    for (const keyOf of keys) askAgain(client, keyOf(file))
    if (runId !== '') askAgain(client, runKeys.one(name, runId))
  }, [client, file, name, runId])
  const onFrame = (frame: LiveFrame): void => {
    const { items = [], removed = [] } = frame as ListFrame<DagListItem>
    if (frame.type !== 'patch') return
    if (items.some(item => item.fileName === file) || removed.includes(file)) refresh()
  }
  return useLive('dags', onFrame, refresh)
}

export function DagPage({ file, tab }: { file: string; tab: DagTab }) {
  const { may, refusal } = useAccess()
  const [starting, setStarting] = useState(false)
  const client = useQueryClient()
  const latest = client.getQueryData<DagDetails>(dagKeys.one(file))?.latestDAGRun
  const live = useDagFeed(file, latest)
  const { data, error, refetch } = useQuery({
    queryKey: dagKeys.one(file),
    queryFn: ({ signal }) => fetchDag(file, signal),
    refetchInterval: live.refetchInterval,
  })
  const kind = latest ? runStatus(latest) : 'not_started'
  useTitle(
    tab === 'latest' && latest?.dagRunId ? undefined : (data?.dag.name ?? file),
    latest?.dagRunId ? kind : undefined,
  )
  if (error && (!data || isGone(error)))
    return (
      <ErrorState titleAs="h1" what={`${file} could not be shown`} error={error} onRetry={() => void refetch()}>
        <Link href="/dags">All DAGs</Link>
      </ErrorState>
    )
  if (!data) return <Skeleton rows={4} height={80} />
  const { dag } = data
  const errors = data.errors ?? []
  const schedule = dag.schedule ?? []
  return (
    <>
      <div className="page-head dag-head">
        <h1>{dag.name}</h1>
        <Labels labels={dag.labels} onPick={label => navigate(`/dags?label=${encodeURIComponent(label)}`)} />
        <div className="page-actions">
          <Button
            icon="play"
            tone="primary"
            calls="POST /dags/{fileName}/start"
            explains
            disabled={errors.length > 0}
            onClick={() => setStarting(true)}
          >
            Start
          </Button>
        </div>
      </div>
      <div className="dag-sub muted">
        {dag.description && <span className="dag-sub-text">{dag.description}</span>}
        {schedule.length > 0 && (
          <span className="dag-sub-schedule">
            <SuspendSwitch file={file} name={dag.name} suspended={data.suspended} />
            {scheduleListWords(schedule)}
            {data.suspended ? (
              ' · off'
            ) : dag.nextRun ? (
              <>
                {' '}
                · next <Time value={dag.nextRun} />
              </>
            ) : null}
          </span>
        )}
      </div>
      {errors.length > 0 && tab !== 'spec' && (
        <Notice tone="bad" action={<Link href={dagPath(file, 'spec')}>Open the spec</Link>}>
          This DAG does not load, so it cannot start: {errors[0]}
          {errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}
        </Notice>
      )}
      <Tabs
        label="DAG"
        current={tab}
        items={[
          { key: 'latest', label: 'Latest run', href: dagPath(file) },
          { key: 'spec', label: 'Spec', href: dagPath(file, 'spec'), count: errors.length },
          { key: 'history', label: 'History', href: dagPath(file, 'history') },
          { key: 'schedule', label: 'Schedule', href: dagPath(file, 'schedule') },
          ...(may('GET /webhooks') || tab === 'webhook'
            ? [{ key: 'webhook', label: 'Webhook', href: dagPath(file, 'webhook') }]
            : []),
          { key: 'settings', label: 'Settings', href: dagPath(file, 'settings') },
        ]}
      />
      {tab === 'latest' &&
        (latest?.dagRunId ? (
          <LatestRun key={latest.dagRunId} run={latest} />
        ) : (
          <NeverRan dag={data} onStart={() => setStarting(true)} />
        ))}
      {tab === 'spec' && (
        <Suspense fallback={<Skeleton rows={1} height={420} />}>
          <SpecEditor file={file} name={dag.name} />
        </Suspense>
      )}
      {tab === 'history' && <History file={file} />}
      {tab === 'schedule' && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <SchedulePanel file={file} />
        </Suspense>
      )}
      {tab === 'webhook' && !may('GET /webhooks') && (
        <EmptyState title="The webhook is not for you to see">
          <p>{refusal('GET /webhooks')}</p>
        </EmptyState>
      )}
      {tab === 'webhook' && may('GET /webhooks') && (
        <Suspense fallback={<Skeleton rows={3} />}>
          <WebhookPanel file={file} name={dag.name} />
        </Suspense>
      )}
      {tab === 'settings' && (
        <Suspense fallback={<Skeleton rows={3} />}>
          <DagSettings data={data} />
        </Suspense>
      )}
      {starting && <StartDialog file={file} onClose={() => setStarting(false)} />}
    </>
  )
}
