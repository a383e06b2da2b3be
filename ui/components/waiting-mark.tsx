// How many runs wait for a person, beside the navigation: nothing at all while none does.
import { useQuery } from '@tanstack/react-query'
import { fetchRuns, runKeys } from '../api/runs.ts'
import { Link } from '../lib/router.tsx'

const WAITING = 7
const LOOK_EVERY_MS = 30_000

export function WaitingMark() {
  const { data } = useQuery({
    queryKey: [...runKeys.lists, 'waiting'],
    queryFn: ({ signal }) => fetchRuns({ status: [WAITING] }, undefined, signal),
    refetchInterval: LOOK_EVERY_MS,
  })
  const count = data?.dagRuns.length ?? 0
  if (count === 0) return null
  const shown = data?.nextCursor === undefined ? String(count) : `${count}+`
  const [only] = data?.dagRuns ?? []
  const href =
    count === 1 && only
      ? `/dag-runs/${encodeURIComponent(only.name)}/${encodeURIComponent(only.dagRunId)}`
      : `/dag-runs?status=${WAITING}`
  const label = `${shown} run${count === 1 ? ' waits' : 's wait'} for an approval`
  return (
    <Link href={href} className="waiting-mark status-waiting" aria-label={label} title={label}>
      {shown}
    </Link>
  )
}
