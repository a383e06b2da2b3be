// A list that is answered whole over REST, and kept up to date by differences over the live socket.
import { type QueryKey, useIsFetching, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { askAgain } from './ask-again.ts'
import type { LiveFrame } from './live-messages.ts'
import { Replay } from './replay.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * @param queryKey of the answer
 * @param apply brings a difference into the answer that is shown; the same one may be brought in twice
 * @param onChange there may be news of what stands beside the list
 */
export function useLiveAnswer(
  topic: 'dags' | 'runs',
  queryKey: QueryKey,
  apply: (frame: LiveFrame) => void,
  onChange?: () => void,
): Live {
  const client = useQueryClient()
  const key = JSON.stringify(queryKey)
  const [replay] = useState(() => new Replay<LiveFrame>())
  const isAsking = useIsFetching({ queryKey, exact: true }) > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `queryKey`; each end of asking brings in what came, with the page's present rules
  useEffect(() => {
    if (!isAsking) for (const frame of replay.rest()) apply(frame)
  }, [isAsking, key, replay])
  const onFrame = (frame: LiveFrame): void => {
    if (frame.type !== 'patch') return
    replay.came(frame, client.isFetching({ queryKey, exact: true }) > 0)
    apply(frame)
    onChange?.()
  }
  // What was asked before the feed began lacks what has changed in between.
  const onOpen = useCallback(() => {
    askAgain(client, JSON.parse(key))
    onChange?.()
  }, [client, key, onChange])
  return useLive(topic, onFrame, onOpen)
}
