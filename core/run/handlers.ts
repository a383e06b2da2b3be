// After the steps: which handlers run (semantics 14), what they see, and what their failure does.
import type { HandlerKind } from '../spec/dag.ts'
import { type Draft, findNode, stepRecord } from './draft.ts'
import { isMailKind, type SideKind, sideName } from './mail-nodes.ts'
import { failedWithMail, finalStatus } from './run-mail.ts'
import { isGoodStatus, type RunStatus } from './status.ts'

/** The handlers of an ended run in order, as far as the DAG has them; before them the mail about steps that have failed. */
export function handlersFor(d: Draft, outcome: RunStatus): SideKind[] {
  const mail: SideKind[] = failedWithMail(d).length > 0 ? ['mail_error'] : []
  const wanted: SideKind[] = [...mail, ...outcomeHandler(outcome), 'exit']
  return wanted.filter(kind => hasHandler(d, kind))
}

function outcomeHandler(outcome: RunStatus): HandlerKind[] {
  if (isGoodStatus(outcome)) return ['success']
  if (outcome === 'failed' || outcome === 'rejected') return ['failure']
  return outcome === 'aborted' ? ['abort'] : []
}

export const hasHandler = (d: Draft, kind: SideKind): boolean => d.graph.handlers.get(sideName(kind))?.kind === kind

/** Called when a handler node is over: takes it off the queue; a failure fails the run (init and wait differ). */
export function handlerSettled(d: Draft, name: string): void {
  const record = stepRecord(d, name)
  const kind = d.graph.handlers.get(name)?.kind
  if (!record || !kind) return
  d.head.handlerQueue = d.head.handlerQueue.filter(queued => queued !== kind)
  if (isMailKind(kind)) return
  const failed = record.status === 'failed' && !record.covered
  if (kind === 'init') {
    d.head.initDone = true
    if (failed) d.head.cancel = 'init'
  } else if (kind !== 'wait') {
    if (failed) {
      d.head.handlerFailed = true
      d.head.outcome = 'failed'
    } else if (record.status === 'aborted' && d.head.outcome !== 'failed') d.head.outcome = 'aborted'
  }
}

/** Variables that only the Run can tell a handler. */
export function handlerEnv(d: Draft, kind: SideKind): Record<string, string> {
  if (kind === 'init') return { DAG_RUN_STATUS: 'running' }
  if (kind === 'wait' || kind === 'mail_wait')
    return { DAG_RUN_STATUS: 'waiting', DAG_WAITING_STEPS: waitingSteps(d).join(',') }
  if (isMailKind(kind)) return { DAG_RUN_STATUS: finalStatus(d) }
  return { DAG_RUN_STATUS: d.head.outcome ?? 'running' }
}

/** Names of steps that wait for an approval, in plan order. */
export function waitingSteps(d: Draft): string[] {
  return d.graph.steps.filter(step => stepRecord(d, step.name)?.status === 'waiting').map(step => step.name)
}

/** Does the queue's first handler let the next one stand in the same plan? */
export function endsSegment(d: Draft, name: string): boolean {
  const step = findNode(d, name)
  return !step || step.repeatPolicy !== undefined || step.approval !== undefined || step.call !== undefined
}
