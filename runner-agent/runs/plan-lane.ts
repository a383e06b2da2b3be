// One plan, item by item. Promise: the next item starts only after a plain success, with the account of the last one durable
// before it, and while the control plane can be heard; whatever else happens ends the plan, with the reason.
import { MAX_UNACKED_RESULTS } from '@edgedag/core/protocol/frames'
import type { PlanItem } from '@edgedag/core/protocol/plans'
import { executorFor } from '../executors/index.ts'
import { FilesAhead } from './files-ahead.ts'
import type { PlanState } from './host-run-state.ts'
import type { Interruption } from './interruption.ts'
import { stepResult } from './known-results.ts'
import { stepFiles } from './step-files.ts'
import { type FinishedStep, runStep } from './step-run.ts'
import type { RunWorld } from './world.ts'

/** A result waits so long for what follows it, to travel with it: the start of the next step, or at once the end of the plan. */
const FINISHED_WITHIN_MS = 20

/** `stale` and `closed` are not told to anybody. */
export type PlanEnd =
  | 'completed'
  | 'step'
  | 'stopped'
  | 'run_timeout'
  | 'refused'
  | 'unprepared'
  | 'lost'
  | 'stale'
  | 'closed'

export interface LanePort {
  /** Evaluates the run scope and reports it. False: the plan ends here. */
  prepare(state: PlanState, interruption: Interruption): Promise<boolean>
  /** Resolves when something has been acknowledged, or a doubt is over. */
  acknowledged(): Promise<void>
  /** The Run has yet to say that the plan is still its own. */
  isInDoubt(): boolean
}

/** Runs what is left of a plan; the answer says why it ended, and everything else is reported by then. */
export const runPlan = async (
  world: RunWorld,
  state: PlanState,
  interruption: Interruption,
  port: LanePort,
): Promise<PlanEnd> => {
  const ahead = new FilesAhead()
  try {
    return await runItems(world, state, interruption, port, ahead)
  } finally {
    ahead.remove()
  }
}

const runItems = async (
  world: RunWorld,
  state: PlanState,
  interruption: Interruption,
  port: LanePort,
  ahead: FilesAhead,
): Promise<PlanEnd> => {
  const { items } = state.plan
  // An earlier agent may have died between the account of an item and the end that follows from it.
  const last = state.running === undefined ? items[state.done - 1] : undefined
  if (state.over || (last !== undefined && state.done < items.length && endsPlan(world, last))) return 'step'
  while (state.done < items.length) {
    const item = items[state.done]!
    if (world.closed()) return 'closed'
    if (interruption.cause && state.running === undefined) return endOf(interruption)
    if (item.kind === 'prepare') {
      const ready = await port.prepare(state, interruption)
      if (world.closed()) return 'closed'
      if (!ready) return interruption.cause ? endOf(interruption) : 'step'
      continue
    }
    if (state.running === undefined) {
      const may = await mayStart(world, interruption, port)
      if (interruption.cause) return endOf(interruption)
      if (!may) return 'closed'
    }
    const finished = await runStep(world, state, item, {
      interruption,
      mayStart: step => mayStart(world, step, port),
      started: () => makeAhead(world, ahead, items[state.done + 1]),
    })
    if (world.closed()) return 'closed'
    if (finished === 'called') return 'step'
    if (finished === undefined || interruption.cause?.kind === 'stale') return endOf(interruption)
    report(world, finished)
    if (interruption.cause) return endOf(interruption)
    if (finished.event.outcome !== 'succeeded') return 'step'
    if (endsPlan(world, item) && state.done < items.length) return 'step'
  }
  return 'completed'
}

/** Only for a step that most probably starts a process, right after this one. */
const makeAhead = ({ nodes, paths, dag }: RunWorld, ahead: FilesAhead, item: PlanItem | undefined): void => {
  const step = item?.kind === 'step' ? nodes.get(item.step)?.step : undefined
  if (item?.kind !== 'step' || step === undefined || step.preconditions.length > 0) return
  if (executorFor(step.type).isProcess) ahead.make(stepFiles(paths, dag, step, item.step, item.attempt))
}

const report = (world: RunWorld, { event, raw }: FinishedStep): void => {
  const node = world.nodes.get(event.step)
  if (!node?.handler) world.results.record(event.step, stepResult({ ...event, ...raw }))
  world.emit(event, FINISHED_WITHIN_MS)
  world.logs.settle(event)
}

/** After these the Run decides what comes next, even after a success. */
const endsPlan = ({ nodes }: RunWorld, item: PlanItem): boolean => {
  const step = item.kind === 'step' ? nodes.get(item.step)?.step : undefined
  return step?.repeatPolicy !== undefined || step?.approval !== undefined
}

/** Waits until results have been answered and the control plane is heard. False: it is not to start any more. */
const mayStart = async (world: RunWorld, interruption: Interruption, port: LanePort): Promise<boolean> => {
  while (!interruption.cause && !world.closed()) {
    const waitsForWord = world.run.unackedResults >= MAX_UNACKED_RESULTS || port.isInDoubt()
    const wait = waitsForWord ? port.acknowledged() : world.host.whenFresh()
    if (wait === undefined) return true
    let release: (() => void) | undefined
    const interrupted = new Promise<void>(resolve => {
      release = interruption.onInterrupt(resolve)
    })
    await Promise.race([wait, interrupted])
    release?.()
  }
  return false
}

const endOf = ({ cause }: Interruption): PlanEnd => {
  if (cause?.kind === 'stale') return 'stale'
  return cause?.kind === 'run_timeout' ? 'run_timeout' : 'stopped'
}
