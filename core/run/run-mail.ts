// What a run's mail tells, taken from its state when the mail's plan is sent: names, times and errors as they are stored, so masked.
import type { RunMail } from '../protocol/plans.ts'
import type { Draft } from './draft.ts'
import { stepRecord } from './draft.ts'
import { isMailKind, type MailKind, type SideKind } from './mail-nodes.ts'
import { isGoodStatus, type RunStatus } from './status.ts'

/** More steps than this do not fit into a mail that people read. */
const MOST_STEPS = 200
const MOST_ERROR = 500

/** The mail that the end of a run asks for; null: none. A failure that the DAG's own policy retries is told after the last try. */
export function endMail(d: Draft, status: RunStatus): MailKind | null {
  const { cancel } = d.head
  if (isGoodStatus(status)) return has(d, 'mail_success')
  if (status === 'rejected' || (status === 'aborted' && cancel === 'init')) return has(d, 'mail_failure')
  return status === 'failed' && !isRetriedByItself(d) ? has(d, 'mail_failure') : null
}

const has = (d: Draft, kind: MailKind): MailKind | null =>
  [...d.graph.handlers.values()].some(node => node.kind === kind) ? kind : null

function isRetriedByItself({ head, dag }: Draft): boolean {
  return (
    dag.retryPolicy !== undefined && head.spec.parent === undefined && (head.autoRetries ?? 0) < dag.retryPolicy.limit
  )
}

/** Steps whose failure asks for a mail, in plan order. */
export const failedWithMail = (d: Draft): string[] =>
  d.graph.steps.filter(step => step.mailOnError && stepRecord(d, step.name)?.status === 'failed').map(step => step.name)

/** What the mail of this node says now. */
export function runMail(d: Draft, kind: SideKind): RunMail | undefined {
  if (!isMailKind(kind)) return undefined
  const { head } = d
  const about = kind === 'mail_error' ? new Set(failedWithMail(d)) : undefined
  const told = d.graph.steps.flatMap(({ name }) => {
    const record = stepRecord(d, name)
    if (about !== undefined && !about.has(name)) return []
    return [
      {
        name,
        status: record?.status ?? 'not_started',
        attempt: record?.attempt ?? 0,
        ...(record?.startedAt !== undefined && { startedAt: record.startedAt }),
        ...(record?.finishedAt !== undefined && { finishedAt: record.finishedAt }),
        ...(record?.error !== undefined && { error: record.error.slice(0, MOST_ERROR) }),
      },
    ]
  })
  const isPlain = ({ status }: { status: string }) => status === 'succeeded' || status === 'skipped'
  const steps = told.length <= MOST_STEPS ? told : [...told.filter(step => !isPlain(step)), ...told.filter(isPlain)]
  const status = kind === 'mail_wait' ? 'waiting' : finalStatus(d)
  return {
    dag: head.spec.dagName,
    runId: head.spec.runId,
    attempt: head.attempt,
    status,
    about:
      about === undefined ? status : about.size === 1 ? `step ${[...about][0]} failed` : `${about.size} steps failed`,
    params: head.paramsDisplay.slice(0, 1_000),
    ...(head.startedAt !== null && { startedAt: head.startedAt }),
    ...(head.error !== null && { error: head.error.slice(0, MOST_ERROR) }),
    steps: steps.slice(0, MOST_STEPS),
    more: Math.max(0, told.length - MOST_STEPS),
  }
}

/** How the run ends, as far as it is known: a handler that failed has failed it. */
export const finalStatus = ({ head }: Draft): RunStatus =>
  head.handlerFailed ? 'failed' : (head.outcome ?? (head.phase === 'handlers' ? 'failed' : head.status))
