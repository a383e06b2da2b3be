// A run on one screen: what happened and why at the top, the log of the step that matters beside graph and steps.
import { lazy, Suspense, useEffect, useState } from 'react'
import type { LogTarget } from '../api/runs.ts'
import type { RunDetails, RunNode } from '../api/types.ts'
import { ApprovalPanel } from '../approval/approval-panel.tsx'
import { useAccess } from '../components/access.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { isTyping, shortcutsOn } from '../components/shortcuts.tsx'
import { Tabs } from '../components/tabs.tsx'
import { Skeleton, StatusBadge } from '../components/ui.tsx'
import { Graph } from '../graph/graph.tsx'
import { useLocation, useSearch } from '../lib/router.tsx'
import { addressOf, dagHref } from '../lib/run-address.ts'
import { allNodes, countWords, defaultStep, progress, tellRun } from '../lib/run-story.ts'
import { canRetry, isActive, isBad, nodeStatus, runStatus } from '../lib/status.ts'
import { formatNodeSpan } from '../lib/time.ts'
import { withSearch } from '../lib/url-state.ts'
import { useNow } from '../lib/use-now.ts'
import { lineOf } from '../logs/line-link.ts'
import { LogPane } from '../logs/log-pane.tsx'
import { useLog } from '../logs/use-log.ts'
import { FailureBanner } from './failure-banner.tsx'
import { RunAlerts } from './run-alerts.tsx'
import { RunHead } from './run-head.tsx'
import { StepTable } from './step-table.tsx'
import type { LiveRun } from './use-run.ts'
import { useRunActions } from './use-run-actions.ts'

const ArtifactsPanel = lazy(() =>
  import('../artifacts/artifacts-panel.tsx').then(module => ({ default: module.ArtifactsPanel })),
)

const OutputsView = lazy(() => import('./outputs-view.tsx').then(module => ({ default: module.OutputsView })))
const SpecView = lazy(() => import('./spec-view.tsx').then(module => ({ default: module.SpecView })))

const ANNOUNCE_EVERY_MS = 5_000

/** Speaks the run's sentence for screen readers, at most once in 5 s. */
function Announcer({ text }: { text: string }) {
  const [spoken, setSpoken] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(text), ANNOUNCE_EVERY_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  )
}

/** `n` and `p` go to the next and the previous failed step. */
function useFailureKeys(run: RunDetails, selected: string | undefined, select: (step: string) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.key !== 'n' && event.key !== 'p') || !shortcutsOn() || isTyping(event)) return
      const bad = allNodes(run).filter(node => isBad(nodeStatus(node)))
      const at = bad.findIndex(node => node.step.name === selected)
      const next = bad[(event.key === 'n' ? at + 1 : at - 1 + bad.length * 2) % Math.max(1, bad.length)]
      if (next) select(next.step.name)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}

const streamFor = (chosen: string | null): 'stdout' | 'stderr' => (chosen === 'stderr' ? 'stderr' : 'stdout')

const emptyLog = (node: RunNode | undefined, stream: string): string => {
  if (node === undefined) return 'This run has no steps.'
  const kind = nodeStatus(node)
  if (kind === 'not_started' || kind === 'queued')
    return 'This step has not started yet. Its output appears here as it is written.'
  if (kind === 'skipped') return 'This step was skipped, so it wrote nothing.'
  if (isActive(kind)) return `Nothing on ${stream} so far. It appears here as it is written.`
  return `The step wrote nothing to ${stream}.`
}

/** Another one: steps have begun or ended since. */
const revisionOf = (run: RunDetails): string => {
  const nodes = allNodes(run)
  const attempts = nodes.reduce((sum, node) => sum + (node.attempt ?? 0), 0)
  const last = nodes.reduce((latest, node) => Math.max(latest, node.finishedAtMs ?? 0), 0)
  return `${runStatus(run)} ${progress(run).done} ${attempts} ${last}`
}

const VIEWS = ['steps', 'outputs', 'artifacts', 'spec'] as const
type View = (typeof VIEWS)[number]

const VIEW_WORDS: Record<View, string> = { steps: 'Steps', outputs: 'Outputs', artifacts: 'Artifacts', spec: 'Spec' }

function ViewTabs({ views, view }: { views: readonly View[]; view: View }) {
  const { pathname, search } = useLocation()
  return (
    <Tabs
      label="Run"
      compact
      current={view}
      items={views.map(key => ({
        key,
        label: VIEW_WORDS[key],
        href: pathname + withSearch(search, { view: key === 'steps' ? undefined : key }),
      }))}
    />
  )
}

interface RunViewProps {
  run: RunDetails
  source: Omit<LiveRun, 'run'>
  withName: boolean
}

export function RunView({ run, source, withName }: RunViewProps) {
  const [search, setSearch] = useSearch()
  const kind = runStatus(run)
  const mayRetry = useAccess().may('POST /dag-runs/{name}/{dagRunId}/retry')
  const active = isActive(kind)
  const now = useNow(active || run.nextRetryAt !== undefined ? 1_000 : null)
  const at = addressOf(run)
  const actions = useRunActions(at.name, at.id)
  const nodes = allNodes(run)
  const chosen = search.get('step')
  const wholeLog = search.get('log') === 'run'
  const views = VIEWS.filter(each => each !== 'artifacts' || run.archiveDir !== undefined)
  const view = views.find(each => each === search.get('view')) ?? 'steps'
  const selected = nodes.some(node => node.step.name === chosen) ? (chosen ?? undefined) : defaultStep(run)
  const node = nodes.find(entry => entry.step.name === selected)
  const nodeKind = node ? nodeStatus(node) : 'not_started'
  const stream = streamFor(search.get('stream'))
  const target: LogTarget = wholeLog || selected === undefined ? {} : { step: selected, stream }
  const log = useLog({
    name: at.name,
    id: at.id,
    target,
    active: active && (wholeLog || isActive(nodeKind)),
    feed: source.feed,
    socket: source.live.socket,
    liveState: source.live.state,
    attempt: wholeLog ? 0 : (node?.attempt ?? node?.retryCount ?? 0),
    revision: wholeLog ? kind : nodeKind,
  })
  const select = (step: string, to?: 'stdout' | 'stderr'): void =>
    setSearch({
      step,
      log: undefined,
      line: undefined,
      ...(to === undefined ? {} : { stream: to === 'stdout' ? undefined : to }),
    })
  useFailureKeys(run, selected, select)
  return (
    <div className="run">
      <Announcer text={tellRun(run, 0).sentence} />
      <RunHead run={run} now={now} actions={actions} withName={withName}>
        <ViewTabs views={views} view={view} />
      </RunHead>
      {active && <RunAlerts id={run.dagRunId} />}
      {run.nodes
        .filter(entry => nodeStatus(entry) === 'waiting' && entry.step.approval !== undefined)
        .map(entry => (
          <ApprovalPanel key={`${entry.step.name} ${entry.approvalIteration ?? 0}`} run={run} node={entry} />
        ))}
      <Suspense fallback={<Skeleton rows={4} />}>
        {view === 'artifacts' && <ArtifactsPanel name={at.name} id={at.id} active={active} />}
        {view === 'outputs' && <OutputsView name={at.name} id={at.id} revision={revisionOf(run)} />}
        {view === 'spec' && <SpecView name={at.name} id={at.id} dagHref={dagHref(run)} />}
      </Suspense>
      <div className="run-body" hidden={view !== 'steps'}>
        <div className="run-log card">
          <LogPane
            name={at.name}
            id={at.id}
            target={target}
            log={log}
            active={active && isActive(nodeKind)}
            onStream={next =>
              setSearch({ stream: next === 'stdout' ? undefined : next, step: selected, line: undefined })
            }
            line={lineOf(search.get('line'))}
            onLine={line => setSearch({ line: String(line), ...(wholeLog ? {} : { step: selected }) })}
            emptyText={wholeLog ? 'The run log is empty.' : emptyLog(node, stream)}
            title={
              wholeLog ? (
                <strong>Run log</strong>
              ) : (
                <>
                  <strong>{selected ?? 'Log'}</strong> {node && <StatusBadge kind={nodeKind} compact />}
                </>
              )
            }
          >
            {!wholeLog && node && (isBad(nodeKind) || nodeKind === 'retrying') && (
              <FailureBanner
                name={at.name}
                id={at.id}
                node={node}
                stream={stream}
                onStream={next => setSearch({ stream: next, step: selected, line: undefined })}
              />
            )}
          </LogPane>
        </div>
        <div className="run-side">
          <section className="card" aria-label="Graph">
            <Graph
              nodes={run.nodes.map(entry => ({
                name: entry.step.name,
                depends: entry.step.depends,
                status: nodeStatus(entry),
                detail: formatNodeSpan(entry, now),
              }))}
              selected={wholeLog ? undefined : selected}
              onSelect={select}
            />
          </section>
          <section className="card">
            <header className="card-head">
              <h2>Steps</h2>
              <span className="muted">{countWords(run)}</span>
              <LiveMark state={active ? source.live.state : 'connecting'} />
              <button
                type="button"
                className="link-button card-head-end"
                aria-pressed={wholeLog}
                onClick={() => setSearch({ log: wholeLog ? undefined : 'run', line: undefined })}
              >
                Run log
              </button>
            </header>
            <StepTable
              run={run}
              now={now}
              selected={wholeLog ? undefined : selected}
              onSelect={select}
              act={canRetry(kind) && mayRetry ? actions.act : undefined}
            />
          </section>
        </div>
      </div>
    </div>
  )
}
