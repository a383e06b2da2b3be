// Setting a step's status by hand (semantics 13): only on a run that is over, whose status then follows.
import { type Draft, putStep, stepOrFresh } from './draft.ts'
import type { RunEvent } from './events.ts'
import { tellDag } from './give-back.ts'
import { stepsOutcome } from './run-status.ts'

type StatusSet = Extract<RunEvent, { type: 'step_status_set' }>

export function setStepStatus(d: Draft, event: StatusSet): void {
  const { head } = d
  if (head.phase !== 'ended' || !d.graph.position.has(event.step)) return
  const { covered: _covered, error: _error, lost: _lost, maybe: _maybe, ...rest } = stepOrFresh(d, event.step)
  putStep(d, { ...rest, status: event.status, manual: event.by })
  head.outcome = stepsOutcome(d)
  head.status = head.handlerFailed ? 'failed' : head.outcome
  tellDag(d)
}
