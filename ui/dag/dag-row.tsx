// One DAG in the list.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { stopAll } from '../api/dags.ts'
import type { DagListItem } from '../api/types.ts'
import { ConfirmDialog } from '../components/dialog.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, Labels, StatusBadge, Time } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { scheduleListWords } from '../lib/schedule.ts'
import { runStatus } from '../lib/status.ts'
import { dagPath, runPath } from '../lib/url-state.ts'
import { SuspendSwitch } from './suspend-switch.tsx'

interface DagRowProps {
  item: DagListItem
  onStart: (file: string) => void
  onLabel: (label: string) => void
}

function LastRun({ item }: { item: DagListItem }) {
  const run = item.latestDAGRun
  const kind = runStatus(run)
  if (run.dagRunId === '') return <span className="muted">never ran</span>
  return (
    <Link className="last-run" href={runPath(run.name || item.dag.name, run.dagRunId)}>
      <StatusBadge kind={kind} />
      <span className="muted">
        {kind === 'running' && run.steps ? `${run.steps.done}/${run.steps.total} steps` : null}
        {kind === 'queued' ? <Time value={run.queuedAt ?? run.startedAt} empty="" /> : null}
        {kind !== 'running' && kind !== 'queued' ? <Time value={run.finishedAt || run.startedAt} empty="" /> : null}
      </span>
    </Link>
  )
}

export function DagRow({ item, onStart, onLabel }: DagRowProps) {
  const [asking, setAsking] = useState(false)
  const { dag, latestDAGRun: run } = item
  const kind = runStatus(run)
  const running = kind === 'running' || kind === 'waiting' || kind === 'retrying'
  const schedule = dag.schedule ?? []
  const errors = item.errors ?? []
  const stop = useMutation({
    mutationFn: () => stopAll(item.fileName),
    onSuccess: () => toast('ok', `Stop of ${dag.name} requested`),
    onError: error => toastError('Not stopped', error),
  })
  return (
    <>
      <div className="dag-id">
        <Link href={dagPath(item.fileName)} className="dag-name">
          {dag.name}
        </Link>
        {errors.length > 0 && (
          <Link href={dagPath(item.fileName, 'spec')} className="errors-badge" title={errors.join('\n')}>
            {errors.length === 1 ? '1 error' : `${errors.length} errors`}
          </Link>
        )}
        <Labels labels={dag.labels} onPick={onLabel} />
        {dag.description && <div className="dag-description muted">{dag.description}</div>}
      </div>
      <div className="dag-last">
        <LastRun item={item} />
      </div>
      <div className="dag-schedule">
        {schedule.length === 0 ? (
          <span className="muted">no schedule</span>
        ) : (
          <>
            <SuspendSwitch file={item.fileName} name={dag.name} suspended={item.suspended} />
            <span className="schedule-text">
              <span title={schedule.map(entry => entry.expression).join('\n')}>
                {scheduleListWords(schedule.slice(0, 2))}
                {schedule.length > 2 ? ` +${schedule.length - 2}` : ''}
              </span>
              <span className="muted">
                {item.suspended ? 'off' : item.nextRun ? <Time value={item.nextRun} /> : ''}
              </span>
            </span>
          </>
        )}
      </div>
      <div className="dag-actions">
        {running && (
          <Button
            icon="stop"
            tone="ghost"
            iconOnly
            calls="POST /dags/{fileName}/stop-all"
            busy={stop.isPending}
            onClick={() => setAsking(true)}
          >
            {`Stop ${dag.name}`}
          </Button>
        )}
        <Button
          icon="play"
          tone="ghost"
          iconOnly
          calls="POST /dags/{fileName}/start"
          disabled={errors.length > 0}
          onClick={() => onStart(item.fileName)}
        >
          {`Start ${dag.name}`}
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          title={`Stop ${dag.name}?`}
          confirm={`Stop ${dag.name}`}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false)
            stop.mutate()
          }}
        >
          All running runs of this DAG are stopped. Steps that succeeded are kept, and a retry goes on from there.
        </ConfirmDialog>
      )}
    </>
  )
}
