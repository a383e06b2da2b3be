// The runs that a step has called: how many are in which state, and the way to each. A long list is loaded as far as it is looked at.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchSubRuns } from '../api/runs.ts'
import type { RunDetails, RunNode, SubRun, SubRunCounts } from '../api/types.ts'
import { StatusBadge } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { addressOf, relativeOf } from '../lib/run-address.ts'
import { isActive, nodeStatus, runStatus, STATUS_LOOKS, type StatusKind } from '../lib/status.ts'
import { withLocalTimes } from '../lib/time.ts'
import { runPath } from '../lib/url-state.ts'

/** Lines that are shown at first, and further ones at a time. */
const FIRST = 5
const MORE = 50
const REFRESH_MS = 3_000

const ORDER: readonly StatusKind[] = [
  'failed',
  'rejected',
  'aborted',
  'waiting',
  'running',
  'queued',
  'partially_succeeded',
  'succeeded',
  'not_started',
]
/** Status numbers of what did not end well. */
const BAD_CODES = [2, 3, 8]
const isBad = (run: SubRun): boolean => BAD_CODES.includes(run.status ?? -1)

function Counts({ counts }: { counts: SubRunCounts }) {
  return (
    <span className="sub-counts">
      {ORDER.filter(kind => (counts[kind] ?? 0) > 0).map(kind => (
        <span key={kind} className={`status-${kind}`}>
          {STATUS_LOOKS[kind].icon} {counts[kind]} {STATUS_LOOKS[kind].word}
        </span>
      ))}
      {counts.repeated > 0 && <span className="muted">{counts.repeated} of earlier iterations</span>}
    </span>
  )
}

function Line({ run, sub }: { run: RunDetails; sub: SubRun }) {
  const { name, id } = relativeOf(run, sub.dagRunId)
  const text = sub.params || sub.dagRunId
  return (
    <li>
      <StatusBadge kind={runStatus(sub)} compact />{' '}
      {sub.refused ? <span>{sub.dagName}</span> : <Link href={runPath(name, id)}>{sub.dagName}</Link>}{' '}
      <code className="sub-params" title={text}>
        {text}
      </code>
      {sub.error && <span className="sub-error">{withLocalTimes(sub.error.split('\n', 1)[0] ?? '')}</span>}
    </li>
  )
}

/** @param node with `subRunCounts` */
export function SubRuns({ run, node }: { run: RunDetails; node: RunNode }) {
  const counts: SubRunCounts = node.subRunCounts ?? { total: 0, repeated: 0 }
  const [shown, setShown] = useState(FIRST)
  const bad = (counts.failed ?? 0) + (counts.aborted ?? 0) + (counts.rejected ?? 0)
  // Of many, those that failed are what one came for.
  const [onlyBad, setOnlyBad] = useState(!isActive(nodeStatus(node)) && bad > 0 && counts.total > FIRST)
  const known = node.subRuns
  const { name, id } = addressOf(run)
  const step = node.step.name
  const isPart = known.length < counts.total
  // What the details name is enough for most; errors, and what lies further behind, is asked for.
  const wanted = onlyBad || (isPart && shown > known.length)
  const { data } = useQuery({
    queryKey: ['sub-runs', name, id, step, onlyBad, shown],
    queryFn: ({ signal }) =>
      fetchSubRuns(name, id, { step, limit: shown, ...(onlyBad ? { status: BAD_CODES } : {}) }, signal),
    enabled: wanted,
    refetchInterval: isActive(nodeStatus(node)) ? REFRESH_MS : false,
    placeholderData: before => before,
  })
  const present = (wanted ? data?.subRuns : undefined)?.filter(sub => !sub.repeated)
  const lines: SubRun[] = (present ?? (onlyBad ? known.filter(isBad) : known)).slice(0, shown)
  const all = onlyBad ? bad : counts.total
  return (
    <div className="step-subs">
      <div className="sub-head">
        <Counts counts={counts} />
        {bad > 0 && bad < counts.total && (
          <button type="button" className="link-button" aria-pressed={onlyBad} onClick={() => setOnlyBad(!onlyBad)}>
            {onlyBad ? 'Show all' : 'Only those that failed'}
          </button>
        )}
      </div>
      <ul className="sub-list" aria-label={`Runs called by ${step}`}>
        {lines.map(sub => (
          <Line key={sub.dagRunId} run={run} sub={sub} />
        ))}
      </ul>
      {lines.length < all && (
        <button type="button" className="link-button" onClick={() => setShown(shown + MORE)}>
          Show {Math.min(MORE, all - lines.length)} more of {all}
        </button>
      )}
    </div>
  )
}
