// What can be done to a run in its present state: what is wanted most as buttons, the rest in a menu. What cannot be taken back asks first.
import { lazy, Suspense, useState } from 'react'
import type { RunDetails } from '../api/types.ts'
import { useAccess } from '../components/access.tsx'
import { ConfirmDialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { Menu } from '../components/menu.tsx'
import { Button } from '../components/ui.tsx'
import { isCalled } from '../lib/run-address.ts'
import { canRetry, isActive, runStatus } from '../lib/status.ts'
import type { RunActions } from './use-run-actions.ts'

/** With the code editor: loaded when it is asked for. */
const EditRetryDialog = lazy(() =>
  import('./edit-retry-dialog.tsx').then(({ EditRetryDialog }) => ({ default: EditRetryDialog })),
)

const STOP = 'POST /dag-runs/{name}/{dagRunId}/stop'
const AGAIN = 'POST /dag-runs/{name}/{dagRunId}/reschedule'

type Question = 'stop' | 'abandon' | 'dequeue' | 'delete'

const QUESTIONS: Record<
  Question,
  { title: (name: string) => string; confirm: (name: string) => string; text: string }
> = {
  stop: {
    title: name => `Stop ${name}?`,
    confirm: name => `Stop ${name}`,
    text: 'Running steps get their stop signal and, if they do not end, are killed. Steps that succeeded are kept, and a retry goes on from there.',
  },
  dequeue: {
    title: name => `Take ${name} out of the queue?`,
    confirm: () => 'Take out',
    text: 'The run does not start. You can start the DAG again at any time.',
  },
  abandon: {
    title: name => `End ${name} without its host?`,
    confirm: () => 'End it now',
    text: 'For a host that is gone for good. The run ends at once and its running steps count as lost; should the host still be there, their processes go on until it hears of this.',
  },
  delete: {
    title: name => `Delete this run of ${name}?`,
    confirm: () => 'Delete the run',
    text: 'Its history, logs, outputs and artifacts are removed for everybody. This cannot be taken back.',
  },
}

interface RunButtonsProps {
  run: RunDetails
  actions: RunActions
  /** The step that a retry begins with; absent: all that did not succeed. */
  from: string | undefined
}

export function RunButtons({ run, actions, from }: RunButtonsProps) {
  const [question, setQuestion] = useState<Question>()
  const [editing, setEditing] = useState(false)
  const kind = runStatus(run)
  // Only what stands in a queue can be taken out of it; a run that waits for a host is stopped.
  const queued = kind === 'queued' && Boolean(run.queuedAt)
  const stoppable = isActive(kind) || kind === 'not_started'
  // It is decided about, not stopped; a called one is ended so that its caller goes on.
  const waits = kind === 'waiting' && !isCalled(run)
  const retryable = canRetry(kind)
  // A called run has its parent's definition and is kept with it.
  const finished = retryable && !isCalled(run)
  const { act, busy } = actions
  const { may } = useAccess()
  const more = [
    ...(finished && run.specFromFile !== false && may(AGAIN) ? ['again'] : []),
    ...(stoppable && !queued && may(STOP) ? ['abandon'] : []),
    ...(finished && may('DELETE /dag-runs/{name}/{dagRunId}') ? ['delete'] : []),
  ]
  return (
    <div className="run-actions">
      {stoppable && !waits && (
        <Button
          icon="stop"
          tone="danger"
          calls={queued ? 'GET /dag-runs/{name}/{dagRunId}/dequeue' : STOP}
          explains
          busy={busy}
          onClick={() => setQuestion(queued ? 'dequeue' : 'stop')}
        >
          {queued ? 'Take out of the queue' : 'Stop'}
        </Button>
      )}
      {finished && (
        <>
          <Button icon="play" calls={AGAIN} busy={busy} onClick={() => act({ kind: 'again' })}>
            Run again
          </Button>
          <Button calls="POST /dag-runs/{name}/{dagRunId}/edit-retry" busy={busy} onClick={() => setEditing(true)}>
            Edit and retry
          </Button>
        </>
      )}
      {retryable && (
        <Button
          icon="retry"
          calls="POST /dag-runs/{name}/{dagRunId}/retry"
          explains
          tone={kind === 'succeeded' ? 'plain' : 'primary'}
          busy={busy}
          title={isCalled(run) ? 'This run alone; the runs above it take its result in' : undefined}
          onClick={() => act({ kind: 'retry' })}
        >
          {from === undefined ? 'Retry' : `Retry from ${from}`}
        </Button>
      )}
      {more.length > 0 && (
        <Menu label="More" icon="more" className="run-more">
          {more.includes('again') && (
            <button type="button" className="menu-item" onClick={() => act({ kind: 'again', current: true })}>
              <Icon name="play" size={14} /> Run again with the DAG as it is now
            </button>
          )}
          {more.includes('abandon') && (
            <button type="button" className="menu-item menu-danger" onClick={() => setQuestion('abandon')}>
              <Icon name="lost" size={14} /> End without its host…
            </button>
          )}
          {more.includes('delete') && (
            <button type="button" className="menu-item menu-danger" onClick={() => setQuestion('delete')}>
              <Icon name="close" size={14} /> Delete this run…
            </button>
          )}
        </Menu>
      )}
      {editing && (
        <Suspense fallback={null}>
          <EditRetryDialog name={run.name} id={run.dagRunId} onClose={() => setEditing(false)} />
        </Suspense>
      )}
      {question && (
        <ConfirmDialog
          title={QUESTIONS[question].title(run.name)}
          confirm={QUESTIONS[question].confirm(run.name)}
          onConfirm={() => {
            setQuestion(undefined)
            act({ kind: question })
          }}
          onClose={() => setQuestion(undefined)}
        >
          {QUESTIONS[question].text}
        </ConfirmDialog>
      )}
    </div>
  )
}
