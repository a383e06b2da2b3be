// One run, live: loaded once, then kept up to date by the page's socket.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '../api/client.ts'
import type { LiveFrame, RunFrame } from '../api/live-messages.ts'
import { RunPicture } from '../api/run-picture.ts'
import { fetchRun, runKeys } from '../api/runs.ts'
import type { RunDetails } from '../api/types.ts'
import { type Live, useLive } from '../api/use-live.ts'
import { topicOf } from '../lib/run-address.ts'
import { isActive, runStatus } from '../lib/status.ts'
import { LogFeed } from '../logs/use-log.ts'

export interface LiveRun {
  run: RunDetails | undefined
  error: unknown
  refetch: () => void
  live: Live
  feed: LogFeed
}

/** Whether only the DAG knows how the run stands, such as a finished one that is queued again; its socket does not tell. */
const mayBeMore = (frame: RunFrame, next: RunDetails, shown: RunDetails | undefined): boolean =>
  frame.type === 'snapshot'
    ? !isActive(runStatus(next)) || runStatus(next) === 'queued'
    : frame.type === 'patch' && frame.run?.status === undefined && next.status !== shown?.status

/**
 * @param initial what is known already, e.g. from the DAG's details; then the page has a feed of its own, and the run
 *   has a socket only while it is active
 */
export function useRun(name: string, id: string, initial?: RunDetails): LiveRun {
  const client = useQueryClient()
  const [feed] = useState(() => new LogFeed())
  const [picture] = useState(() => new RunPicture())
  const refresh = useCallback(
    () => void client.invalidateQueries({ queryKey: runKeys.one(name, id) }),
    [client, name, id],
  )
  const onFrame = useCallback(
    (raw: LiveFrame) => {
      const frame = raw as RunFrame
      const key = runKeys.one(name, id)
      if (frame.type === 'log') return feed.push(frame)
      const shown = client.getQueryData<RunDetails>(key)
      const next = picture.after(frame, shown)
      if (next === undefined) return
      // An answer that is still on its way may be older than this frame and must not replace it.
      void client.cancelQueries({ queryKey: key })
      client.setQueryData(key, next)
      if (mayBeMore(frame, next, shown)) refresh()
    },
    [client, feed, picture, name, id, refresh],
  )
  const [watched, setWatched] = useState(initial === undefined || isActive(runStatus(initial)))
  const live = useLive(watched ? topicOf(name, id) : undefined, onFrame, refresh)
  const { data, error, refetch } = useQuery({
    queryKey: runKeys.one(name, id),
    queryFn: ({ signal }) => fetchRun(name, id, signal),
    refetchInterval: live.refetchInterval,
    ...(initial === undefined ? {} : { initialData: initial }),
  })
  // A run that nobody knows has no feed: asking for one would fail again and again.
  const isGone = data === undefined && error instanceof ApiError && error.status === 404
  const wanted = (initial === undefined && !isGone) || (data !== undefined && isActive(runStatus(data)))
  useEffect(() => setWatched(wanted), [wanted])
  // Only the DAG knows when it retries a failed run by itself, and the run's socket does not tell.
  const mayBeRetried = data !== undefined && data.statusLabel === 'failed' && (data.autoRetryLimit ?? 0) > 0
  useEffect(() => {
    if (mayBeRetried) refresh()
  }, [mayBeRetried, refresh])
  return { run: data, error, refetch: () => void refetch(), live, feed }
}
