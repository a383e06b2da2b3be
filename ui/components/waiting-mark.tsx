// How many runs wait for a person, beside the navigation: nothing at all while none does.
import { useQuery } from '@tanstack/react-query'
import { fetchRuns, runKeys } from '../api/runs.ts'
import { Link } from '../lib/router.tsx'
import { Icon } from './icon.tsx'

const WAITING = 7
const LOOK_EVERY_MS = 30_000
const LOOK_AGAIN_MS = 5_000

export function WaitingMark() {
  const { data } = useQuery({
    queryKey: [...runKeys.lists, 'waiting'],
    queryFn: ({ signal }) => fetchRuns({ status: [WAITING] }, undefined, signal),
    // A mark that is shown must not outlive what it says.
    refetchInterval: query => ((query.state.data?.dagRuns.length ?? 0) > 0 ? LOOK_AGAIN_MS : LOOK_EVERY_MS),
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
      <Icon name="waiting" size={14} /> {shown}
    </Link>
  )
}
