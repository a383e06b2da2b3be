// What runs and waits in one queue: rows that are moved by their buttons, or by dragging one onto another.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useState } from 'react'
import {
  type Destination,
  dequeueItem,
  fetchQueueItems,
  moveQueued,
  type Queue,
  type QueuedRun,
  queueKeys,
  setQueuedPriority,
} from '../api/queues.ts'
import type { RunSummary } from '../api/types.ts'
import { Allowed, useAccess } from '../components/access.tsx'
import { toastError } from '../components/toasts.tsx'
import { Button, StatusBadge, Time } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { Link } from '../lib/router.tsx'
import { runStatus } from '../lib/status.ts'
import { formatExpected } from '../lib/time.ts'
import { runPath } from '../lib/url-state.ts'

const REFRESH_MS = 2_000
const MOVE = 'POST /queues/{name}/items/{dagRunId}/move'
/** Rows of a queue among others. */
const FEW = 5
/** Rows that are fetched together on the queue's own page. */
const PAGE = 200

interface RowProps {
  run: QueuedRun
  above: QueuedRun | undefined
  below: QueuedRun | undefined
  act: (work: Promise<unknown>) => void
  queue: string
  now: number
}

function RunName({ run }: { run: RunSummary }) {
  return (
    <span className="queue-run prose-links">
      <Link href={runPath(run.name, run.dagRunId)}>{run.name}</Link> <span className="muted mono">{run.dagRunId}</span>
      {run.params && <code className="muted queue-params">{run.params}</code>}
    </span>
  )
}

function WaitingRow({ run, above, below, act, queue, now }: RowProps) {
  const { may } = useAccess()
  const mayMove = may(MOVE)
  const [over, setOver] = useState(false)
  const move = (where: Destination): void => act(moveQueued(queue, run.dagRunId, where))
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const dragged = event.dataTransfer.getData('text/plain')
    if (dragged !== '' && dragged !== run.dagRunId) act(moveQueued(queue, dragged, { before: run.dagRunId }))
  }
  const isHigh = run.priority === 'high'
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same is done by the buttons in it
    <div
      className={`queue-row${over ? ' queue-row-over' : ''}`}
      draggable={mayMove}
      onDragStart={event => event.dataTransfer.setData('text/plain', run.dagRunId)}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span className="queue-position" title="Position">
        {run.position}
      </span>
      <RunName run={run} />
      <span className="muted queue-why">
        {run.reason?.startsWith('position') ? (
          run.expectedStart ? (
            `starts ${formatExpected(Date.parse(run.expectedStart), now)}`
          ) : (
            <>
              queued <Time value={run.queuedAt} />
            </>
          )
        ) : (
          run.reason
        )}
      </span>
      <span className="queue-actions">
        <Allowed to="PUT /queues/{name}/items/{dagRunId}/priority">
          <button
            type="button"
            className="label"
            aria-pressed={isHigh}
            title="High priority counts as if it had come an hour earlier"
            onClick={() => act(setQueuedPriority(queue, run.dagRunId, isHigh ? 'low' : 'high'))}
          >
            high
          </button>
        </Allowed>
        <Button
          icon="up"
          tone="ghost"
          calls={MOVE}
          iconOnly
          disabled={!above}
          onClick={() => above && move({ before: above.dagRunId })}
        >
          {`Move ${run.dagRunId} up`}
        </Button>
        <Button
          icon="down"
          tone="ghost"
          calls={MOVE}
          iconOnly
          disabled={!below}
          onClick={() => below && act(moveQueued(queue, below.dagRunId, { before: run.dagRunId }))}
        >
          {`Move ${run.dagRunId} down`}
        </Button>
        <Button tone="ghost" calls={MOVE} disabled={!above} onClick={() => move({ to: 'first' })}>
          First
        </Button>
        <Button
          icon="close"
          tone="ghost"
          iconOnly
          calls="DELETE /queues/{name}/items/{dagRunId}"
          onClick={() => act(dequeueItem(queue, run.dagRunId))}
        >
          {`Take ${run.dagRunId} out of the queue`}
        </Button>
      </span>
    </div>
  )
}

/** `all`: every item, page by page; else the first few. */
export function QueueItems({ queue, all }: { queue: Queue; all: boolean }) {
  const client = useQueryClient()
  const { data, dataUpdatedAt, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: [...queueKeys.items(queue.name), all],
    queryFn: ({ pageParam: cursor, signal }) =>
      fetchQueueItems(queue.name, { limit: all ? PAGE : FEW + 1, cursor, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor,
    // All pages are asked for anew, one after the other: the more there are, the seldomer.
    refetchInterval: ({ state }) => REFRESH_MS * Math.max(1, state.data?.pages.length ?? 1),
  })
  const changed = (): void => void client.invalidateQueries({ queryKey: queueKeys.all })
  const act = (work: Promise<unknown>): void =>
    void work.then(changed, cause => {
      changed()
      toastError('The queue was not changed', cause)
    })
  const items = data?.pages.flatMap(page => page.items) ?? []
  const shown = all ? items : items.slice(0, FEW)
  const more = queue.queuedCount - shown.length
  return (
    <div className="queue-items">
      {all && queue.running.length === 0 && queue.queuedCount === 0 && (
        <p className="muted queue-nothing">Nothing runs or waits in it now.</p>
      )}
      {queue.running.map(run => (
        <div className="queue-row" key={run.dagRunId}>
          <StatusBadge kind={runStatus(run)} compact />
          <RunName run={run} />
          <span className="muted queue-why">
            {run.startedAt === '' ? (
              `has its place${run.reason ? `: ${run.reason}` : ''}`
            ) : (
              <>
                since <Time value={run.startedAt} />
              </>
            )}
          </span>
        </div>
      ))}
      <VirtualList
        className="list queue-waiting"
        aria-label={`What waits in ${queue.name}`}
        items={shown}
        keyOf={run => run.dagRunId}
        estimate={44}
        rowClass={() => 'queue-item'}
      >
        {run => (
          <WaitingRow
            run={run}
            above={items[run.position - 2]}
            below={items[run.position]}
            act={act}
            queue={queue.name}
            now={dataUpdatedAt}
          />
        )}
      </VirtualList>
      {!all && more > 0 && (
        <Link className="queue-more" href={`/queues/${encodeURIComponent(queue.name)}`}>
          {more} more
        </Link>
      )}
      {all && hasNextPage && (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {`${Math.min(PAGE, more)} more of ${more}`}
        </Button>
      )}
    </div>
  )
}
