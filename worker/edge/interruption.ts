// Ending what runs at the edge: the first reason counts, and it reaches a step in the middle of its work.
import type { StopOrder } from '@edgedag/core/protocol/plans'
import type { Step } from '@edgedag/core/spec/dag'

export type Cause =
  | { kind: 'stop'; stop: StopOrder }
  /** The DAG's time is over, by the clock that came with the run's context. */
  | { kind: 'run_timeout' }
  | { kind: 'stale' }
  | { kind: 'step_timeout'; limitSec: number }

export const isRunTimeout = (cause: Cause): boolean =>
  cause.kind === 'run_timeout' || (cause.kind === 'stop' && cause.stop.reason === 'run_timeout')

/** The edge is no place for long work: nothing there takes longer. */
export const WALL_LIMIT_SEC = 15 * 60

export class EdgeInterruption {
  readonly #controller = new AbortController()
  #cause: Cause | undefined

  get cause(): Cause | undefined {
    return this.#cause
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  interrupt(cause: Cause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#controller.abort()
  }
}

/** Runs `work` under the time limit of its step; `lane` may end it too. */
export async function withTimeLimit<T>(
  step: Step,
  lane: EdgeInterruption,
  work: (own: EdgeInterruption) => Promise<T>,
): Promise<T> {
  const own = new EdgeInterruption()
  const follow = () => own.interrupt(lane.cause!)
  if (lane.cause !== undefined) follow()
  lane.signal.addEventListener('abort', follow)
  const limitSec = Math.min(step.timeoutSec > 0 ? step.timeoutSec : WALL_LIMIT_SEC, WALL_LIMIT_SEC)
  const timer = setTimeout(() => own.interrupt({ kind: 'step_timeout', limitSec }), limitSec * 1000)
  try {
    return await work(own)
  } finally {
    clearTimeout(timer)
    lane.signal.removeEventListener('abort', follow)
  }
}
