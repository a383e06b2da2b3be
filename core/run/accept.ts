// The first event of a run: it comes to life with its spec, and with a runner if one had room.
import type { Dag } from '../spec/dag.ts'
import { advance } from './advance.ts'
import { freshAttempt } from './attempt-head.ts'
import type { TransitionContext } from './context.ts'
import { type Draft, openDraft, setTimer } from './draft.ts'
import type { RunEvent } from './events.ts'
import { takeImports } from './imports.ts'
import { takeRoom } from './placement/assign.ts'
import type { RunHead } from './state.ts'

type Accepted = Extract<RunEvent, { type: 'accepted' }>

export function accept(dag: Dag, event: Accepted, ctx: TransitionContext): Draft {
  const head = newHead(event, ctx)
  const d = openDraft(undefined, dag, ctx, head)
  if (dag.delaySec > 0) {
    head.phase = 'delay'
    setTimer(d, { key: 'delay', due: ctx.now + dag.delaySec * 1000, kind: 'delay' })
  }
  if (event.imports) takeImports(d, event.imports, event.spec.imports?.runId ?? '')
  if (event.assignment) takeRoom(d, event.assignment)
  else if (event.reason !== undefined && head.phase !== 'delay') {
    head.reason = event.reason
    head.waitingRoom = true
  }
  advance(d)
  return d
}

function newHead({ spec }: Accepted, ctx: TransitionContext): RunHead {
  return {
    ...freshAttempt(),
    seq: 0,
    spec,
    trigger: spec.trigger,
    attempt: 1,
    attemptId: ctx.newId(6),
    fence: 0,
    queuedAt: spec.queuedAt ?? null,
    runnerId: null,
    hostname: null,
    room: 0,
    asked: 0,
    waitingRoom: false,
    params: null,
    paramsDisplay: spec.paramsDisplay,
    workDir: null,
    logFile: null,
    reason: null,
    runners: [],
    lost: null,
    only: null,
    slot: spec.slot ?? null,
    released: null,
    tell: 0,
  }
}
