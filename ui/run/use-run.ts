// One run, live: loaded once, then kept up to date by the page's socket.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { askAgain } from '../api/ask-again.ts'
import { ApiError, isGone } from '../api/client.ts'
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

/** Only the DAG knows whether such a run is retried, or waits in a queue for that; its socket does not tell. */
const mayBeMore = (run: RunDetails): boolean => !isActive(runStatus(run)) || runStatus(run) === 'queued'

const JUDGED_EVERY_MS = 2_000
const JUDGED_FOR_MS = 10_000

/** It has just failed, and its DAG may be about to say when it is retried. */
const isBeingJudged = (run: RunDetails | undefined): boolean =>
  run?.statusLabel === 'failed' &&
  (run.autoRetryLimit ?? 0) > run.autoRetryCount &&
  run.nextRetryAt === undefined &&
  Date.now() - Date.parse(run.finishedAt) < JUDGED_FOR_MS

/**
 * @param initial what is known already, e.g. from the DAG's details; then the page has a feed of its own, and the run
 *   has a socket only while it is active
 */
export function useRun(name: string, id: string, initial?: RunDetails): LiveRun {
  const client = useQueryClient()
  const [feed] = useState(() => new LogFeed())
  const [picture] = useState(() => new RunPicture())
  const [deleted, setDeleted] = useState(false)
  const refresh = useCallback(() => askAgain(client, runKeys.one(name, id)), [client, name, id])
  const onFrame = useCallback(
    (raw: LiveFrame) => {
      const frame = raw as RunFrame
      const key = runKeys.one(name, id)
      if (frame.type === 'log') return feed.push(frame)
      setDeleted(frame.type === 'gone')
      if (frame.type === 'gone') return
      const next = picture.after(frame, client.getQueryData<RunDetails>(key))
      if (next !== undefined) client.setQueryData(key, next)
      if (next !== undefined && mayBeMore(next)) refresh()
    },
    [client, feed, picture, name, id, refresh],
  )
  const [watched, setWatched] = useState(initial === undefined || isActive(runStatus(initial)))
  const live = useLive(watched ? topicOf(name, id) : undefined, onFrame, refresh)
  const {
    data,
    error: failure,
    refetch,
  } = useQuery({
    queryKey: runKeys.one(name, id),
    queryFn: ({ signal }) => picture.asked(() => fetchRun(name, id, signal)),
    refetchInterval: ({ state }) => live.refetchInterval || (isBeingJudged(state.data) && JUDGED_EVERY_MS),
    ...(initial === undefined ? {} : { initialData: initial }),
  })
  const error = deleted ? new ApiError(404, 'not_found', 'It was deleted.') : failure
  // A run that nobody knows, or knows any more, has no feed: asking for one would fail again and again.
  const isUnknown = isGone(error)
  const wanted = !isUnknown && (initial === undefined || (data !== undefined && isActive(runStatus(data))))
  useEffect(() => setWatched(wanted), [wanted])
  return { run: isUnknown ? undefined : data, error, refetch: () => void refetch(), live, feed }
}
