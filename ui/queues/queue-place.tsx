// Where a queued run stands in its queue, and about when it starts: asked for once for all rows of a list.
import { useQuery } from '@tanstack/react-query'
import { fetchQueueItems, type QueuedRun, queueKeys } from '../api/queues.ts'
import type { RunSummary } from '../api/types.ts'
import { Link } from '../lib/router.tsx'
import { formatExpected, parseTime } from '../lib/time.ts'

const REFRESH_MS = 5_000
/** Further behind a place says little; the API gives no more at once. */
const MOST = 200

type Places = Record<string, QueuedRun>

async function fetchPlaces(queue: string, signal: AbortSignal): Promise<Places> {
  const { items } = await fetchQueueItems(queue, { limit: MOST, signal })
  return Object.fromEntries(items.map(item => [item.dagRunId, item]))
}

export function QueuePlace({ run, queue }: { run: RunSummary; queue: string }) {
  const { data, dataUpdatedAt } = useQuery({
    queryKey: [...queueKeys.items(queue), 'places'],
    queryFn: ({ signal }) => fetchPlaces(queue, signal),
    refetchInterval: REFRESH_MS,
  })
  const place = data?.[run.dagRunId]
  const expected = parseTime(place?.expectedStart)
  return (
    <span>
      {place === undefined ? 'waits' : `number ${place.position}`} in{' '}
      <Link href={`/queues/${encodeURIComponent(queue)}`}>queue {queue}</Link>
      {place !== undefined && !place.reason?.startsWith('position') && `: ${place.reason}`}
      {expected !== undefined && `, starts ${formatExpected(expected, dataUpdatedAt)}`}
    </span>
  )
}
