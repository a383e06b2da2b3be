// `/queues`: what runs and waits in each queue, in its order, and why; `/queues/NAME` is one of them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { clearQueue, fetchQueues, type Queue, queueKeys, setQueuePaused, setQueueSize } from '../api/queues.ts'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { formatSpan } from '../lib/time.ts'
import { useTitle } from '../lib/use-title.ts'
import { QueueItems } from '../queues/queue-items.tsx'
import type { PageProps } from './page-props.ts'

const REFRESH_MS = 2_000

function SizeDialog({ queue, onClose, onSaved }: { queue?: Queue; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(queue?.name ?? '')
  const [size, setSize] = useState(String(queue?.maxConcurrency ?? 2))
  const [busy, setBusy] = useState(false)
  const isValid = name.trim() !== '' && /^[1-9]\d{0,3}$/.test(size)
  const put = (max: number | null): void => {
    setBusy(true)
    setQueueSize(name.trim(), max).then(onSaved, cause => {
      setBusy(false)
      toastError(max === null ? 'The queue was not removed' : 'The queue was not saved', cause)
    })
  }
  const save = (): void => {
    if (isValid) put(Number(size))
  }
  return (
    <Dialog
      title={queue ? `Queue ${queue.name}` : 'New queue'}
      onClose={onClose}
      onSubmit={save}
      footer={
        <>
          {queue?.configured && (
            <Button tone="danger" onClick={() => put(null)} disabled={busy}>
              Remove
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={!isValid} busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <label className="field">
        <span>Name</span>
        <input value={name} readOnly={queue !== undefined} onChange={event => setName(event.target.value)} />
      </label>
      <label className="field">
        <span>Runs at once</span>
        <input type="number" min={1} max={9999} value={size} onChange={event => setSize(event.target.value)} />
      </label>
      <p className="muted">
        DAGs join it with <code>queue: {name.trim() || 'NAME'}</code>.
      </p>
    </Dialog>
  )
}

const countsOf = ({ runningCount, maxConcurrency, queuedCount }: Queue): string =>
  `${runningCount} of ${maxConcurrency} running · ${queuedCount} waiting`

function QueueCard({ queue, open }: { queue: Queue; open: boolean }) {
  const client = useQueryClient()
  const [dialog, setDialog] = useState<'clear' | 'size'>()
  const changed = (): void => {
    setDialog(undefined)
    void client.invalidateQueries({ queryKey: queueKeys.all })
  }
  const { name, type, paused, queuedCount, averageRunMs } = queue
  const pause = (): void =>
    void setQueuePaused(name, !paused).then(changed, cause => toastError(`${name} was not changed`, cause))
  const clear = (): void =>
    void clearQueue(name).then(
      ({ cleared }) => {
        toast('ok', `${cleared} taken out of ${name}`)
        changed()
      },
      cause => toastError(`${name} was not cleared`, cause),
    )
  return (
    <section className="card queue" aria-label={`Queue ${name}`}>
      <div className="card-head">
        <h2>{open ? name : <Link href={`/queues/${encodeURIComponent(name)}`}>{name}</Link>}</h2>
        {type === 'dag-based' && <span className="label">a DAG's own</span>}
        {queue.configFile && (
          <span className="label" title={`Set in ${queue.configFile}: it is changed there`}>
            set in {queue.configFile.split('/').at(-1)}
          </span>
        )}
        {queue.leaving && (
          <span className="label" title="It keeps its size until nothing runs or waits in it">
            not configured any more
          </span>
        )}
        {paused && (
          <span className="status status-waiting">
            <Icon name="waiting" size={14} /> <span>paused</span>
          </span>
        )}
        <span className="muted">
          {countsOf(queue)}
          {averageRunMs === undefined
            ? ''
            : ` · about ${formatSpan(new Date(0).toISOString(), new Date(averageRunMs).toISOString(), averageRunMs)} a run`}
        </span>
        <span className="card-head-end">
          <Button
            icon={paused ? 'play' : 'waiting'}
            calls={paused ? 'POST /queues/{name}/resume' : 'POST /queues/{name}/pause'}
            onClick={pause}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
          {type === 'global' && !queue.configFile && (
            <Button calls="PUT /queues/{name}" onClick={() => setDialog('size')}>
              Change…
            </Button>
          )}
          {queuedCount > 0 && (
            <Button tone="danger" calls="POST /queues/{name}/clear" onClick={() => setDialog('clear')}>
              Clear…
            </Button>
          )}
        </span>
      </div>
      {(open || queuedCount + queue.running.length > 0) && <QueueItems queue={queue} all={open} />}
      {dialog === 'clear' && (
        <ConfirmDialog
          title={`Clear ${name}?`}
          confirm={`Take out ${queuedCount}`}
          onClose={() => setDialog(undefined)}
          onConfirm={clear}
        >
          Everything that waits is taken out and will not run. What runs goes on.
        </ConfirmDialog>
      )}
      {dialog === 'size' && <SizeDialog queue={queue} onClose={() => setDialog(undefined)} onSaved={changed} />}
    </section>
  )
}

export function QueuesPage({ rest: [name] }: PageProps) {
  useTitle(name ?? 'Queues')
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: queueKeys.list,
    queryFn: ({ signal }) => fetchQueues(signal),
    refetchInterval: REFRESH_MS,
  })
  const queues = data?.queues.filter(queue => name === undefined || queue.name === name)
  return (
    <>
      <div className="page-head">
        {name === undefined ? (
          <h1>Queues</h1>
        ) : (
          <h1>
            <Link href="/queues" className="crumb">
              Queues
            </Link>{' '}
            <span className="muted">›</span> {name}
          </h1>
        )}
        {name === undefined && (
          <div className="page-actions">
            <Button icon="plus" tone="primary" calls="PUT /queues/{name}" onClick={() => setAdding(true)}>
              New queue
            </Button>
          </div>
        )}
      </div>
      {!data && error && (
        <ErrorState what="The queues could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && <Skeleton rows={3} height={96} />}
      {queues?.length === 0 && (
        <EmptyState title={name === undefined ? 'Nothing is queued' : `Nothing is queued in ${name}`}>
          <p>
            A DAG's own queue is here while something runs or waits in it. A queue of your own lets several DAGs share a
            limit.
          </p>
        </EmptyState>
      )}
      <div className="queues">
        {queues?.map(queue => (
          <QueueCard key={`${queue.type}/${queue.name}`} queue={queue} open={name !== undefined} />
        ))}
      </div>
      {adding && (
        <SizeDialog
          onClose={() => setAdding(false)}
          onSaved={() => {
            setAdding(false)
            void client.invalidateQueries({ queryKey: queueKeys.all })
          }}
        />
      )}
    </>
  )
}
