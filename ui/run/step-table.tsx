// The steps of a run: what each did, when it ran within the run, how it ended, and the way to its logs.
import type { RunDetails, RunNode } from '../api/types.ts'
import { DecisionLine } from '../approval/decision-line.tsx'
import { Icon } from '../components/icon.tsx'
import { Button, StatusBadge } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { allNodes, describeStep, failureReason, retryWords } from '../lib/run-story.ts'
import { isActive, isBad, nodeStatus } from '../lib/status.ts'
import { formatNodeSpan, parseTime, withLocalTimes } from '../lib/time.ts'
import { StepMenu } from './step-menu.tsx'
import { SubRuns } from './sub-runs.tsx'
import type { RunAct } from './use-run-actions.ts'

interface StepTableProps {
  run: RunDetails
  now: number
  selected: string | undefined
  onSelect: (step: string, stream?: 'stdout' | 'stderr') => void
  /** Absent: nothing can be done to a step of the run now. */
  act?: ((act: RunAct) => void) | undefined
}

/** Where the node's bar lies within the run, in per cent. */
export function barOf(run: RunDetails, node: RunNode, now: number): { left: number; width: number } | undefined {
  const from = parseTime(run.startedAt)
  const start = node.startedAtMs ?? parseTime(node.startedAt)
  if (from === undefined || start === undefined) return undefined
  const total = Math.max(1_000, (parseTime(run.finishedAt) ?? now) - from)
  const left = Math.min(98, Math.max(0, ((start - from) / total) * 100))
  const width = (((node.finishedAtMs ?? parseTime(node.finishedAt) ?? now) - start) / total) * 100
  return { left, width: Math.min(100 - left, Math.max(2, width)) }
}

function facts(node: RunNode): string[] {
  const attempt = node.attempt ?? (node.retryCount ? node.retryCount + 1 : 1)
  return [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(node.doneCount !== undefined && node.doneCount > 1 ? [`ran ${node.doneCount} times`] : []),
    ...(node.host ? [`on ${node.host}`] : []),
  ]
}

function StepRow({ run, node, now, selected, onSelect, act }: StepTableProps & { node: RunNode }) {
  const name = node.step.name
  const kind = nodeStatus(node)
  const bar = barOf(run, node, now)
  const span = formatNodeSpan(node, now)
  const work = describeStep(node.step)
  const reason =
    kind === 'retrying'
      ? retryWords(node, now)
      : isBad(kind) && kind !== 'aborted'
        ? failureReason(node)
        : (node.error ?? node.reason)
  const unmet = (node.step.preconditions ?? []).flatMap(entry => (entry.error ? [entry.error] : []))
  const isSelected = selected === name
  return (
    <>
      <div className="step-main">
        <StatusBadge kind={kind} compact />
        <button type="button" className="step-name" aria-pressed={isSelected} onClick={() => onSelect(name)}>
          {name}
        </button>
        <span className="step-facts muted">{facts(node).join(' · ')}</span>
        <span className="step-span">{span}</span>
        <span className="step-actions">
          {(['stdout', 'stderr'] as const).map(stream => (
            <button type="button" key={stream} className="link-button" onClick={() => onSelect(name, stream)}>
              {stream === 'stdout' ? 'out' : 'err'}
              <span className="visually-hidden"> log of {name}</span>
            </button>
          ))}
          {act && kind !== 'not_started' && !isActive(kind) && (
            <Button icon="retry" tone="ghost" iconOnly onClick={() => act({ kind: 'retry', of: { fromStep: name } })}>
              {`Retry from ${name}`}
            </Button>
          )}
          {act && run.nodes.includes(node) && <StepMenu node={node} act={act} />}
        </span>
      </div>
      <div className="step-track" aria-hidden="true">
        {bar && <span className={`step-bar status-${kind}`} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />}
      </div>
      {(work !== '' || node.step.description) && (
        <div className="step-work" title={work}>
          {node.step.description ? <span className="step-description">{node.step.description} </span> : null}
          <code>{work}</code>
        </div>
      )}
      {reason && (
        <div className={isBad(kind) ? `step-error status-${kind}` : 'step-reason muted'}>
          {isBad(kind) && <Icon name={kind} size={14} />} {withLocalTimes(reason)}
        </div>
      )}
      <DecisionLine node={node} />
      {kind === 'skipped' && unmet.some(text => text !== reason) && (
        <div className="step-reason muted">{unmet.join('; ')}</div>
      )}
      {(node.subRunCounts?.total ?? 0) > 0 && <SubRuns run={run} node={node} />}
    </>
  )
}

export function StepTable(props: StepTableProps) {
  return (
    <VirtualList
      className="steps"
      aria-label="Steps"
      items={allNodes(props.run)}
      keyOf={node => node.step.name}
      estimate={58}
      rowClass={node => (node.step.name === props.selected ? 'step-row step-selected' : 'step-row')}
    >
      {node => <StepRow node={node} {...props} />}
    </VirtualList>
  )
}
