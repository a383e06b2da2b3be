// The time limit of a run on this host: what ends when it is over. It is kept against the uptime of the boot, not the clock.
import type { HostRun, PlanState } from './host-run-state.ts'
import type { Interruption } from './interruption.ts'
import { remainingMs } from './uptime.ts'
import type { RunWorld } from './world.ts'

const MAX_TIMER_MS = 2 ** 31 - 1

export class RunDeadline {
  readonly #run: HostRun
  readonly #lanes: ReadonlyMap<string, Interruption>
  readonly #world: () => RunWorld | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(run: HostRun, lanes: ReadonlyMap<string, Interruption>, world: () => RunWorld | undefined) {
    this.#run = run
    this.#lanes = lanes
    this.#world = world
  }

  /** Again after each context that may have moved it. */
  arm(): void {
    clearTimeout(this.#timer)
    const { deadline } = this.#run
    if (deadline === undefined) return
    this.#timer = setTimeout(() => this.#passed(), Math.min(remainingMs(deadline), MAX_TIMER_MS))
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Interrupts a lane whose plan may not go on. The Run may have sent it before it heard that the time was over. */
  apply(state: PlanState, lane: Interruption): void {
    if (this.#isOver(state))
      lane.interrupt({ kind: 'run_timeout', limitMs: (this.#world()?.dag.timeoutSec ?? 0) * 1000 })
  }

  #passed(): void {
    // The clock of the host is coarser than the timer.
    if (this.#run.deadline !== undefined && remainingMs(this.#run.deadline) > 0) {
      this.arm()
      return
    }
    for (const [id, lane] of this.#lanes) {
      const state = this.#run.plans.get(id)
      if (state !== undefined) this.apply(state, lane)
    }
  }

  /** All plans end but those of handlers that come after the steps: they run outside the limit. */
  #isOver({ plan }: PlanState): boolean {
    const { deadline } = this.#run
    if (deadline === undefined || remainingMs(deadline) > 0) return false
    const steps = plan.items.filter(item => item.kind === 'step')
    return steps.length === 0 || !steps.every(item => this.#isClosingHandler(item.step))
  }

  #isClosingHandler(node: string): boolean {
    const handler = this.#world()?.nodes.get(node)?.handler
    return handler !== undefined && handler !== 'init'
  }
}
