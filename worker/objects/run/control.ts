// What people (and schedules) do to a run: stop, retry, set a step's status, decide about an approval. Promise: everything is checked
// against the state as it is at that moment, and of two that decide at once the first counts.
import { err, ok, type Result } from '@edgedag/core/result'
import { iterationNow } from '@edgedag/core/run/approval/rewind'
import { checkDecision, type DecisionRefusal } from '@edgedag/core/run/check-decision'
import { retryOfChild } from '@edgedag/core/run/children/child-retry'
import type { ChildRetry } from '@edgedag/core/run/children/child-types'
import type { RunEvent } from '@edgedag/core/run/events'
import { OWN_QUEUE } from '@edgedag/core/run/give-back'
import { graphOf } from '@edgedag/core/run/graph'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RunApi } from '../contracts.ts'
import { hasEnded, type LoadedRun } from './loaded.ts'

type Refusal = { code: string; message: string }
export type Answer = Result<null, Refusal>
type Slot = { queue: string; hold: number }
type Judged = Pick<LoadedRun, 'state' | 'dag'>
type UnknownRun = { code: 'not_found'; message: string }

export interface ControlHooks {
  /** A run with its rows here; null: there is none. */
  load(runId: string): LoadedRun | null
  /** The same, brought back from its pack where need be. */
  revive(runId: string): Promise<LoadedRun | null>
  /** What is read of a run, wherever it is; null: there is none. */
  read<T>(runId: string, look: (run: Pick<LoadedRun, 'state' | 'dag'>) => T): Promise<T | null>
  /** It is over, and its rows are in a pack. */
  isPacked(runId: string): boolean
  /** One transition, with what follows from it. */
  take(run: LoadedRun, event: RunEvent): void
}

const unknownRun = (runId: string): UnknownRun => ({ code: 'not_found', message: `dag-run ID ${runId} not found` })

const unfinished = ({ state }: Pick<LoadedRun, 'state'>): Refusal => ({
  code: 'bad_request',
  message: `dag-run ${state.head.spec.runId} is ${state.head.status}; only a finished run can be retried`,
})

const hasStep = ({ dag }: Pick<LoadedRun, 'dag'>, name: string): boolean => dag.steps.some(step => step.name === name)

const unknownStep = ({ dag }: Pick<LoadedRun, 'dag'>, name: string): Refusal => ({
  code: 'not_found',
  message: `step ${name} not found in DAG ${dag.name}`,
})

/** May it have another attempt, of all or of this step? */
function mayRetry(run: Judged, step: string | undefined): Result<'go', Refusal> {
  if (!hasEnded(run)) return err(unfinished(run))
  return step !== undefined && !hasStep(run, step) ? err(unknownStep(run, step)) : ok('go')
}

export class RunControl {
  readonly #host: ObjectHost<Kinds>
  readonly #hooks: ControlHooks

  constructor(host: ObjectHost<Kinds>, hooks: ControlHooks) {
    this.#host = host
    this.#hooks = hooks
  }

  stop(runId: string, { by, abandon = false }: Parameters<RunApi['stop']>[1]): Answer {
    const run = this.#hooks.load(runId)
    if (run === null || hasEnded(run)) return err({ code: 'not_running', message: 'DAG is not running' })
    this.#hooks.take(run, { type: 'stop_requested', by, ...(abandon ? { abandon } : {}) })
    return ok(null)
  }

  async retry(runId: string, request: Parameters<RunApi['retry']>[1]): Promise<Answer> {
    const { by, step, slot, attempt, onward = false, child, stopped } = request
    const found = await this.#revived(runId, (run): Result<'go' | null, Refusal> => {
      const { head } = run.state
      // The same request again: by its attempt, or by its slot.
      if (attempt !== undefined && head.attempt >= attempt) return ok(null)
      if (slot !== undefined && head.slot?.queue === slot.queue && head.slot.hold >= slot.hold) return ok(null)
      return mayRetry(run, step)
    })
    if (!found.ok) return found
    if (found.value === null) {
      if (slot !== undefined) await this.slotGranted(runId, slot)
      return ok(null)
    }
    const { run } = found.value
    this.#hooks.take(run, {
      type: 'retry_requested',
      by,
      ...(step === undefined ? {} : { step, ...(onward ? { onward } : {}), ...(child === undefined ? {} : { child }) }),
      ...(slot === undefined ? {} : { slot }),
    })
    if (stopped !== undefined) this.#hooks.take(run, { type: 'stop_requested', by: stopped.by })
    return ok(null)
  }

  async retryChild(
    runId: string,
    { by, child }: { by: string; child: ChildRetry },
  ): Promise<ReturnType<RunApi['retryChild']>> {
    const wish = await this.#hooks.read(runId, ({ state }) => ({
      ...retryOfChild(state, child.id),
      parent: state.head.spec.parent ?? null,
    }))
    if (wish === null) return err(unknownRun(runId))
    if (!wish.ok) return err(wish.error)
    if (!wish.value.now) return ok({ ended: { step: wish.value.step, parent: wish.parent } })
    const run = this.#hooks.load(runId)
    if (run === null) return err(unknownRun(runId))
    this.#hooks.take(run, { type: 'child_retry_requested', by, child })
    return ok({})
  }

  async retryable(runId: string, { step }: { step?: string }): Promise<ReturnType<RunApi['retryable']>> {
    const answer = await this.#hooks.read(runId, (run): ReturnType<RunApi['retryable']> => {
      const may = mayRetry(run, step)
      return may.ok ? ok({ parent: run.state.head.spec.parent ?? null }) : may
    })
    return answer ?? err(unknownRun(runId))
  }

  async setStepStatus(runId: string, request: Parameters<RunApi['setStepStatus']>[1]): Promise<Answer> {
    const found = await this.#revived(runId, run => {
      if (!hasEnded(run))
        return err({ code: 'bad_request', message: 'the status of a step can be set in a finished run only' })
      return hasStep(run, request.step) ? ok('go') : err(unknownStep(run, request.step))
    })
    if (!found.ok) return found
    if (found.value) this.#hooks.take(found.value.run, { type: 'step_status_set', ...request })
    return ok(null)
  }

  async cancelRetry(runId: string, { by }: { by: string }): Promise<Answer> {
    const found = await this.#revived(runId, ({ state }) =>
      state.head.status === 'failed' ? ok('go') : err({ code: 'not_running', message: 'DAG is not running' }),
    )
    if (!found.ok) return found
    if (found.value) this.#hooks.take(found.value.run, { type: 'retry_cancelled', by })
    return ok(null)
  }

  /**
   * The run, brought back from its pack where need be, with what `judge` says of it. What it refuses, or finds done already (null),
   * brings no run back.
   */
  async #revived<T extends string, E>(
    runId: string,
    judge: (run: Judged) => Result<T | null, E>,
  ): Promise<Result<{ run: LoadedRun; value: T } | null, E | UnknownRun>> {
    if (this.#hooks.load(runId) === null) {
      const packed = await this.#hooks.read(runId, judge)
      if (packed === null) return err(unknownRun(runId))
      if (!packed.ok) return packed
      if (packed.value === null) return ok(null)
    }
    const run = this.#hooks.load(runId) ?? (await this.#hooks.revive(runId))
    if (run === null) return err(unknownRun(runId))
    const judged = judge(run)
    if (!judged.ok) return judged
    return ok(judged.value === null ? null : { run, value: judged.value })
  }

  async decide(
    runId: string,
    { by, step: name, decision, iteration: known }: Parameters<RunApi['decide']>[1],
  ): Promise<Result<{ step: string; resumed: boolean; iteration: number }, DecisionRefusal>> {
    const found = await this.#revived(runId, ({ state, dag }) => checkDecision(state, dag, name, decision, known))
    if (!found.ok) return found
    const { run, value: step } = found.value!
    this.#hooks.take(run, { type: 'decided', by, step, ...decision })
    const iteration = iterationNow(run.state, graphOf(run.dag), step)
    return ok({ step, resumed: run.state.head.status !== 'waiting', iteration })
  }

  /**
   * A queue has a place for the run. It is taken if it is wanted, and given back if it is not; a run that is yet to be created gets
   * it with its creation.
   */
  async slotGranted(runId: string, slot: Slot): Promise<void> {
    const run = this.#hooks.load(runId)
    if (run !== null) this.#hooks.take(run, { type: 'slot_granted', slot })
    else if (slot.queue !== OWN_QUEUE && this.#hooks.isPacked(runId))
      await this.#host.object('queue', slot.queue).release(runId, slot.hold)
  }
}
