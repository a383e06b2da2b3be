// What people (and schedules) do to a run: stop, retry, set a step's status, decide about an approval. Promise: everything is checked
// against the state as it is at that moment, and of two that decide at once the first counts.
import { err, ok, type Result } from '@edgedag/core/result'
import { checkDecision, type DecisionRefusal } from '@edgedag/core/run/check-decision'
import { retryOfChild } from '@edgedag/core/run/children/child-retry'
import type { ChildRetry } from '@edgedag/core/run/children/child-types'
import type { RunEvent } from '@edgedag/core/run/events'
import { OWN_QUEUE } from '@edgedag/core/run/give-back'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RunApi } from '../contracts.ts'
import { hasEnded, type LoadedRun } from './loaded.ts'

type Refusal = { code: string; message: string }
export type Answer = Result<null, Refusal>
type Slot = { queue: string; hold: number }
/** What is said of a request before anything is done: go on, it is done already, or why not. */
type Verdict = Refusal | 'go' | 'done'

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

const unknownRun = (runId: string): Refusal => ({ code: 'not_found', message: `dag-run ID ${runId} not found` })

const unfinished = ({ state }: Pick<LoadedRun, 'state'>): Refusal => ({
  code: 'bad_request',
  message: `dag-run ${state.head.spec.runId} is ${state.head.status}; only a finished run can be retried`,
})

const hasStep = ({ dag }: Pick<LoadedRun, 'dag'>, name: string): boolean => dag.steps.some(step => step.name === name)

const unknownStep = ({ dag }: Pick<LoadedRun, 'dag'>, name: string): Refusal => ({
  code: 'not_found',
  message: `step ${name} not found in DAG ${dag.name}`,
})

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
    const found = await this.#revived(runId, (run): Verdict => {
      const { head } = run.state
      // The same request again: by its attempt, or by its slot.
      if (attempt !== undefined && head.attempt >= attempt) return 'done'
      if (slot !== undefined && head.slot?.queue === slot.queue && head.slot.hold >= slot.hold) return 'done'
      if (!hasEnded(run)) return unfinished(run)
      return step !== undefined && !hasStep(run, step) ? unknownStep(run, step) : 'go'
    })
    if (!found.ok) return found
    const run = found.value
    if (run === null) {
      if (slot !== undefined) await this.slotGranted(runId, slot)
      return ok(null)
    }
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
      if (!hasEnded(run)) return err(unfinished(run))
      if (step !== undefined && !hasStep(run, step)) return err(unknownStep(run, step))
      return ok({ parent: run.state.head.spec.parent ?? null })
    })
    return answer ?? err(unknownRun(runId))
  }

  async setStepStatus(runId: string, request: Parameters<RunApi['setStepStatus']>[1]): Promise<Answer> {
    const run = await this.#revived(runId, (run): Verdict => {
      if (!hasEnded(run))
        return { code: 'bad_request', message: 'the status of a step can be set in a finished run only' }
      return hasStep(run, request.step) ? 'go' : unknownStep(run, request.step)
    })
    if (!run.ok) return run
    if (run.value !== null) this.#hooks.take(run.value, { type: 'step_status_set', ...request })
    return ok(null)
  }

  async cancelRetry(runId: string, { by }: { by: string }): Promise<Answer> {
    const run = await this.#revived(runId, ({ state }) =>
      state.head.status === 'failed' ? 'go' : { code: 'not_running', message: 'DAG is not running' },
    )
    if (!run.ok) return run
    if (run.value !== null) this.#hooks.take(run.value, { type: 'retry_cancelled', by })
    return ok(null)
  }

  /** The run, brought back from its pack where need be, once nothing speaks against it; null: there is nothing to do. */
  async #revived(
    runId: string,
    judge: (run: Pick<LoadedRun, 'state' | 'dag'>) => Verdict,
  ): Promise<Result<LoadedRun | null, Refusal>> {
    // What is refused, or done already, brings no run back from its pack.
    if (this.#hooks.load(runId) === null) {
      const packed = await this.#hooks.read(runId, judge)
      if (packed === 'done') return ok(null)
      if (packed !== 'go') return err(packed ?? unknownRun(runId))
    }
    const run = this.#hooks.load(runId) ?? (await this.#hooks.revive(runId))
    const verdict = run === null ? unknownRun(runId) : judge(run)
    if (verdict === 'done') return ok(null)
    return verdict === 'go' ? ok(run) : err(verdict)
  }

  async decide(
    runId: string,
    { by, step: name, decision, iteration }: Parameters<RunApi['decide']>[1],
  ): Promise<Result<{ step: string; resumed: boolean; iteration: number }, DecisionRefusal>> {
    if (this.#hooks.load(runId) === null) {
      // What is refused brings no run back from its pack.
      const check = ({ state, dag }: Pick<LoadedRun, 'state' | 'dag'>) =>
        checkDecision(state, dag, name, decision, iteration)
      const packed = await this.#hooks.read(runId, check)
      if (packed?.ok === false) return packed
    }
    const run = this.#hooks.load(runId) ?? (await this.#hooks.revive(runId))
    if (run === null) return err({ code: 'not_found', message: `dag-run ID ${runId} not found` })
    const step = checkDecision(run.state, run.dag, name, decision, iteration)
    if (!step.ok) return step
    this.#hooks.take(run, { type: 'decided', by, step: step.value, ...decision })
    const { head, steps } = run.state
    const pushed = steps.get(step.value)?.pushBacks?.at(-1)?.iteration ?? 0
    return ok({ step: step.value, resumed: head.status !== 'waiting', iteration: pushed + (head.rewind ? 1 : 0) })
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
