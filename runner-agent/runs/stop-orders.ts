// Orders of the Run to end plans. Promise: an order is obeyed once, and answered when nothing of it lives any more; asked again after
// its answer was acknowledged, it is answered again.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { StopOrder } from '@edgedag/core/protocol/plans'
import type { JournalRecord } from '../journal/records.ts'
import type { HostRun } from './host-run-state.ts'
import type { Interruption } from './interruption.ts'

export interface StopPort {
  run: HostRun
  lanes: ReadonlyMap<string, Interruption>
  record(record: JournalRecord): void
  emit(event: AgentEvent): void
  now(): number
  /** The DAG's time limit as it is shown, in ms. */
  limitMs(): number
}

export class StopOrders {
  readonly #port: StopPort
  /** Plans that an order still waits for. */
  readonly #waiting = new Map<string, Set<string>>()

  constructor(port: StopPort) {
    this.#port = port
  }

  take(stop: StopOrder): void {
    const { run } = this.#port
    if (run.stops.has(stop.id)) return
    if (run.past.has(stop.id)) {
      const waits = run.waiting.some(({ event }) => event.type === 'stopped' && event.stop === stop.id)
      // Asked again although it was answered and acknowledged: whoever asks has not seen the answer.
      if (!waits) this.#answer(stop.id)
      return
    }
    this.#port.record({ k: 'stop', run: run.runId, stop })
    this.obey(stop)
  }

  obey(stop: StopOrder): void {
    const { lanes } = this.#port
    const reach = [...lanes.keys()].filter(plan => stop.plans === undefined || stop.plans.includes(plan))
    this.#waiting.set(stop.id, new Set(reach))
    const cause =
      stop.reason === 'run_timeout'
        ? ({ kind: 'run_timeout', limitMs: this.#port.limitMs() } as const)
        : ({ kind: 'stopped', stop: stop.id } as const)
    for (const plan of reach) lanes.get(plan)?.interrupt(cause)
    this.settle('')
  }

  /** A plan has ended: answers the orders that wait for nothing more. */
  settle(plan: string): void {
    for (const [stop, waiting] of this.#waiting) {
      waiting.delete(plan)
      if (waiting.size > 0) continue
      this.#waiting.delete(stop)
      this.#answer(stop)
    }
  }

  #answer(stop: string): void {
    this.#port.emit({ type: 'stopped', at: this.#port.now(), stop })
  }
}
