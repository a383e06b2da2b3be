// What a person decides about a waiting step (semantics 15). Promise: the first decision counts; every later one changes nothing.
import { type Draft, stepOrFresh, stepRecord, tellContext } from '../draft.ts'
import type { RunEvent } from '../events.ts'
import { abortNode } from '../finish-step.ts'
import { settle } from '../readiness.ts'
import type { StepRecord } from '../step-record.ts'
import { requestRewind, rewound } from './rewind.ts'
import { resume } from './wait.ts'

type Decided = Extract<RunEvent, { type: 'decided' }>

/** Takes in a decision; one about a step that does not wait (any more) changes nothing. */
export function decide(d: Draft, event: Decided): void {
  const record = stepOrFresh(d, event.step)
  if (record.status !== 'waiting' || !record.approval || d.head.stop) return
  const { rewind } = d.head
  if (rewind && (event.decision === 'push_back' || rewound(d.graph, rewind.step).has(event.step))) return
  switch (event.decision) {
    case 'approve':
      approve(d, record, event.by, event.inputs)
      break
    case 'reject':
      reject(d, record, event.by, event.reason)
      break
    case 'push_back':
      requestRewind(d, event)
  }
}

function approve(d: Draft, record: StepRecord, by: string, inputs: Record<string, string>): void {
  const since = record.approval?.since ?? d.ctx.now
  settle(d, { ...record, status: 'succeeded', approval: { since, approved: { by, at: d.ctx.now, inputs } } })
  if (Object.keys(inputs).length > 0) tellContext(d)
  // A parked run waits for all of its approvals.
  if (d.index.counts.waiting === 0) resume(d)
}

function reject(d: Draft, record: StepRecord, by: string, reason: string): void {
  const since = record.approval?.since ?? d.ctx.now
  const error = `rejected${by === '' ? '' : ` by ${by}`}${reason === '' ? '' : `: ${reason}`}`
  settle(d, { ...record, status: 'rejected', error, approval: { since, rejected: { by, at: d.ctx.now, reason } } })
  resume(d)
}

/** A rejection ends the run: what still waits for other approvals is void once nothing else goes on. */
export function voidApprovals(d: Draft): void {
  for (const { name } of d.graph.steps)
    if (stepRecord(d, name)?.status === 'waiting') abortNode(d, name, 'the run was rejected')
}
