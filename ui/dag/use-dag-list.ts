// All DAGs, live: loaded once, then kept up to date by the list feed.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { dagKeys, fetchDags } from '../api/dags.ts'
import { applyListPatch, dagKey, type ListFrame, type LiveFrame } from '../api/live-messages.ts'
import type { DagListItem } from '../api/types.ts'
import { useLiveAnswer } from '../api/use-live-answer.ts'

type DagList = Awaited<ReturnType<typeof fetchDags>>

/** @param onChange something about a DAG or its latest run may be another by now */
export function useDagList(onChange?: () => void) {
  const client = useQueryClient()
  const apply = (frame: LiveFrame): void => {
    const patch = frame as ListFrame<DagListItem>
    client.setQueryData<DagList>(dagKeys.list, list =>
      list ? { ...list, dags: applyListPatch(list.dags, patch, dagKey) } : list,
    )
  }
  const live = useLiveAnswer('dags', dagKeys.list, apply, onChange)
  const list = useQuery({
    queryKey: dagKeys.list,
    queryFn: ({ signal }) => fetchDags(signal),
    refetchInterval: live.refetchInterval,
  })
  return { ...list, live }
}
