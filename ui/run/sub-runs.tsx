// The runs that a step has called: how many are in which state, and the way to each. A long list is loaded as far as it is looked at.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchSubRuns } from '../api/runs.ts'
import type { RunDetails, RunNode, SubRun, SubRunCounts } from '../api/types.ts'
import { StatusBadge } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { addressOf, relativeOf } from '../lib/run-address.ts'
import { codeOf, isActive, nodeStatus, runStatus, STATUS_LOOKS, type StatusKind } from '../lib/status.ts'
import { withLocalTimes } from '../lib/time.ts'
import { runPath } from '../lib/url-state.ts'

/** Lines that are shown at first, and further ones at a time. */
const FIRST = 5
const MORE = 100
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
const BAD: readonly StatusKind[] = ['failed', 'aborted', 'rejected']

interface CountsProps {
  counts: SubRunCounts
  chosen: ReadonlySet<StatusKind>
  onChoose: (kind: StatusKind) => void
}

/** How many are in which state, as a bar and in words; a word shows these alone. */
function Counts({ counts, chosen, onChoose }: CountsProps) {
  const present = ORDER.filter(kind => (counts[kind] ?? 0) > 0)
  return (
    <>
      <div className="sub-bar" aria-hidden="true">
        {present.map(kind => (
          <span key={kind} className={`status-${kind}`} style={{ flexGrow: counts[kind] ?? 0 }} />
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of its own */}
      <div className="sub-counts" role="group" aria-label="Called runs by status">
        {present.map(kind => (
          <button
            type="button"
            key={kind}
            className={`sub-count status-${kind}`}
            aria-pressed={chosen.has(kind)}
            disabled={present.length === 1}
            onClick={() => onChoose(kind)}
          >
            {STATUS_LOOKS[kind].icon} {counts[kind]} {STATUS_LOOKS[kind].word}
          </button>
        ))}
        {counts.repeated > 0 && <span className="muted">{counts.repeated} of earlier iterations</span>}
      </div>
    </>
  )
}

function Line({ run, sub }: { run: RunDetails; sub: SubRun }) {
  const { name, id } = relativeOf(run, sub.dagRunId)
  const text = sub.params || sub.dagRunId
  return (
    <li>
      <StatusBadge kind={runStatus(sub)} compact />
      {sub.refused ? <span>{sub.dagName}</span> : <Link href={runPath(name, id)}>{sub.dagName}</Link>}
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
  const active = isActive(nodeStatus(node))
  const [touched, setTouched] = useState<ReadonlySet<StatusKind>>()
  // Of many, those that failed are what one came for.
  const bad = active || counts.total <= FIRST ? [] : BAD.filter(kind => (counts[kind] ?? 0) > 0)
  const chosen = touched ?? new Set(bad)
  const choose = (kind: StatusKind): void => {
    const next = new Set(chosen)
    if (!next.delete(kind)) next.add(kind)
    setTouched(next)
    setShown(FIRST)
  }
  const known = node.subRuns
  const { name, id } = addressOf(run)
  const step = node.step.name
  const status = [...chosen].map(codeOf).sort()
  // What the details name is enough for most; a choice, and what lies further behind, is asked for.
  const wanted = status.length > 0 || (known.length < counts.total && shown > known.length)
  const { data } = useQuery({
    // The counts are live: where they are others, the lines are.
    queryKey: ['sub-runs', name, id, step, status, shown, active ? 'active' : JSON.stringify([node.attempt, counts])],
    queryFn: ({ signal }) => fetchSubRuns(name, id, { step, limit: shown, status }, signal),
    enabled: wanted,
    refetchInterval: active ? REFRESH_MS : false,
    placeholderData: before => before,
  })
  const present = (wanted ? data?.subRuns : undefined)?.filter(sub => !sub.repeated)
  const isChosen = (sub: SubRun): boolean => chosen.size === 0 || chosen.has(runStatus(sub))
  const lines: SubRun[] = (present ?? known.filter(isChosen)).slice(0, shown)
  const all = chosen.size === 0 ? counts.total : [...chosen].reduce((sum, kind) => sum + (counts[kind] ?? 0), 0)
  return (
    <div className="step-subs">
      <Counts counts={counts} chosen={chosen} onChoose={choose} />
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
