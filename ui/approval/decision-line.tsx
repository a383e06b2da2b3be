// How a step's approval ended, in one line of the step table.
import type { RunNode } from '../api/types.ts'
import { Time } from '../components/ui.tsx'

export function DecisionLine({ node }: { node: RunNode }) {
  const { approvedAt, approvedBy, approvalInputs, rejectedAt, rejectedBy } = node
  if (approvedAt !== undefined)
    return (
      <div className="step-reason muted">
        Approved {approvedBy ? `by ${approvedBy} ` : ''}
        <Time value={approvedAt} />
        {Object.entries(approvalInputs ?? {}).map(([name, value]) => (
          <span key={name} className="given">
            <code>{name}</code> {value}
          </span>
        ))}
      </div>
    )
  if (rejectedAt === undefined) return null
  return (
    <div className="step-reason muted">
      Rejected {rejectedBy ? `by ${rejectedBy} ` : ''}
      <Time value={rejectedAt} />
    </div>
  )
}
