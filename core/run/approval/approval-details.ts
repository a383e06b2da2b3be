// A step's approval as the REST API shows it (rest-observed section 4): the reference's members, and ours (what is asked, since when).
import type { DAGRunNode } from '../../api/generated/answers.ts'
import { outputKey } from '../../expr/output.ts'
import type { RunState } from '../state.ts'
import type { PushBack, StepRecord } from '../step-record.ts'
import { clock } from '../summary.ts'
import { pushBacksOf } from './push-backs.ts'

/** Members of a node: how it was decided, and with what it was pushed back. */
export function approvalNodeJson(state: RunState, record: StepRecord): Partial<DAGRunNode> {
  const { approved, rejected } = record.approval ?? {}
  return {
    ...(record.status === 'waiting' && record.approval && { waitingSince: clock(record.approval.since) }),
    ...(approved && {
      approvedAt: clock(approved.at),
      ...(approved.by !== '' && { approvedBy: approved.by }),
      approvalInputs: Object.fromEntries(
        Object.entries(approved.inputs).map(([name, value]) => [outputKey(name), value]),
      ),
    }),
    ...(rejected && {
      rejectedAt: clock(rejected.at),
      ...(rejected.by !== '' && { rejectedBy: rejected.by }),
      rejectionReason: rejected.reason,
    }),
    ...pushBackJson(state, record),
  }
}

function pushBackJson(state: RunState, record: StepRecord): Partial<DAGRunNode> {
  const history = pushBacksOf(record, step => state.steps.get(step))
  const latest = history.at(-1)
  if (!latest) return {}
  return {
    approvalIteration: latest.iteration,
    pushBackInputs: latest.inputs,
    pushBackHistory: history.map(pushBackEntry),
  }
}

const pushBackEntry = ({
  iteration,
  by,
  at,
  inputs,
}: PushBack): NonNullable<DAGRunNode['pushBackHistory']>[number] => ({
  iteration,
  at: clock(at),
  ...(by !== '' && { by }),
  inputs,
})
