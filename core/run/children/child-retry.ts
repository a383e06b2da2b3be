// One called run is run again, its siblings as they are. Promise: the run that has called it takes the result in: while its step goes on
// at once, and after its end by an attempt of its own, in which that step calls nothing else anew.
import { err, ok, type Result } from '../../result.ts'
import { callRecord, childById, type Draft, putCall, putChild } from '../draft.ts'
import type { RunState } from '../state.ts'
import type { CallRecord, ChildRecord } from './call-record.ts'
import { isOver } from './call-state.ts'
import type { ChildRetry } from './child-types.ts'
import { orderOf, recounted } from './children.ts'

/** What becomes of the wish to run a child again: it is taken in now, or needs a new attempt of the parent from `step` on. */
export type RetryOfChild = { now: true } | { now: false; step: string }

/** Whether a run that this one has called may be run again, by itself; the error is a sentence for the user. */
export function retryOfChild(state: RunState, id: string): Result<RetryOfChild, { code: string; message: string }> {
  const child = [...state.children.values()].find(each => each.id === id)
  const call = child && state.calls.get(child.step)
  if (!child || !call)
    return err({ code: 'not_found', message: `dag-run ${state.head.spec.runId} has not called ${id}` })
  if (child.round !== call.round)
    return refused(
      `dag-run ${id} belongs to an earlier attempt or repetition of step ${child.step}: its result is not asked for any more`,
    )
  if (child.refused) return refused(`dag-run ${id} never came to life; retry step ${child.step} instead`)
  if (state.head.phase === 'ended') return ok({ now: false, step: child.step })
  const why = whyNotNow(call, child)
  return why === undefined ? ok({ now: true }) : refused(why)
}

const refused = (message: string) => err({ code: 'bad_request', message })

function whyNotNow(call: CallRecord, child: ChildRecord): string | undefined {
  if (!isOver(child)) return `dag-run ${child.id} is running, or about to be`
  if (call.phase === 'over') return `step ${call.step} is over and its run goes on; retry when that has ended`
  if (call.phase !== 'running')
    return `step ${call.step} is being ${call.phase === 'stopping' ? 'stopped' : 'concluded'}; retry when its run has ended`
  if (call.limit > 0 && call.active >= call.limit)
    return `step ${call.step} runs ${call.limit} children at once at most; retry when one of them is over`
  return undefined
}

/** A child of a step that goes on gets its next attempt. What does not apply changes nothing. */
export function retryChild(d: Draft, { child: { id, ...scope } }: { child: ChildRetry }): void {
  const child = childById(d, id)
  const call = child && callRecord(d, child.step)
  if (!child || !call || child.round !== call.round || child.refused || whyNotNow(call, child) !== undefined) return
  const { step, round, index, key, params, sealed, attempt } = child
  const next: ChildRecord = {
    ...{ key, step, round, index, id, params, attempt: attempt + 1, status: 'not_started' },
    ...(sealed === undefined ? {} : { sealed }),
    ...(scope.step === undefined ? {} : { again: scope }),
  }
  putChild(d, next)
  const size = child.outputs === undefined ? 0 : JSON.stringify(child.outputs).length
  const open = recounted(call, child.status, -1)
  putCall(d, { ...open, active: call.active + 1, outputSize: Math.max(0, call.outputSize - size) })
  d.commands.push({ type: 'start_child', child: orderOf(call, next) })
}

/** Of what a step calls in a retry of one child: the others stay as they are, and what never ran does not run now. */
export function keptAside(before: ChildRecord): Partial<ChildRecord> {
  if (isOver(before)) return before
  return { ...before, status: 'aborted', refused: true, error: 'not part of this retry' }
}
