// All DAGs, live: loaded once, then kept up to date by the list feed.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { dagKeys, fetchDags } from '../api/dags.ts'
import { applyListPatch, dagKey, type ListFrame, type LiveFrame } from '../api/live-messages.ts'
import type { DagListItem } from '../api/types.ts'
import { useLive } from '../api/use-live.ts'

/** @param onChange something about a DAG or its latest run is another by now */
export function useDagList(onChange?: () => void) {
  const client = useQueryClient()
  const onFrame = useCallback(
    (raw: LiveFrame) => {
      if (raw.type !== 'patch' && raw.type !== 'snapshot') return
      const patch = raw as ListFrame<DagListItem>
      if ((patch.items ?? []).length + (patch.removed ?? []).length === 0) return
      client.setQueryData<{ dags: DagListItem[]; errors: string[] }>(dagKeys.list, list =>
        list ? { ...list, dags: applyListPatch(list.dags, patch, dagKey) } : list,
      )
      // An answer that is still on its way may be older than this frame: it is asked for again.
      if (client.isFetching({ queryKey: dagKeys.list }) > 0) void client.invalidateQueries({ queryKey: dagKeys.list })
      onChange?.()
    },
    [client, onChange],
  )
  const live = useLive('dags', onFrame, () => {
    void client.invalidateQueries({ queryKey: dagKeys.list })
    onChange?.()
  })
  const list = useQuery({
    queryKey: dagKeys.list,
    queryFn: ({ signal }) => fetchDags(signal),
    refetchInterval: live.refetchInterval,
  })
  return { ...list, live }
}
