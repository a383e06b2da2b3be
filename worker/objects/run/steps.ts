// The one way in which a run changes. Promise: the row of an event is written before its state is believed and its commands are known;
// a run that fails at what it is told again and again is quarantined.

import type { RunCommand } from '@edgedag/core/run/commands'
import type { TransitionContext } from '@edgedag/core/run/context'
import type { RunEvent } from '@edgedag/core/run/events'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import { transition } from '@edgedag/core/run/transition'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'
import type { Kinds } from '../contracts.ts'
import { RunHints } from './hints.ts'
import type { LoadedRun } from './loaded.ts'
import type { RunMemory } from './memory.ts'
import type { RunQuarantine } from './quarantine.ts'
import type { RunStore } from './store.ts'

export interface StepHooks {
  /** What is due next may be another thing now. */
  arm(run: LoadedRun): void
  /** For those who watch it. */
  show(run: LoadedRun): void
}

export class RunSteps {
  readonly #host: ObjectHost<Kinds>
  readonly #store: RunStore
  readonly #runs: RunMemory
  readonly #quarantine: RunQuarantine
  readonly #hints: RunHints
  readonly #hooks: StepHooks

  constructor(
    host: ObjectHost<Kinds>,
    { store, runs, quarantine }: { store: RunStore; runs: RunMemory; quarantine: RunQuarantine },
    hooks: StepHooks,
  ) {
    this.#host = host
    this.#store = store
    this.#runs = runs
    this.#quarantine = quarantine
    this.#hints = new RunHints(host)
    this.#hooks = hooks
  }

  /** One transition: its row, then the state; answers the commands. */
  take(run: LoadedRun, event: RunEvent): RunCommand[] {
    try {
      const commands = this.#transition(run, event)
      this.#quarantine.well(run.runId)
      return commands
    } catch (error) {
      this.#quarantine.failed(
        { runId: run.runId, dagName: run.dag.name, fileName: run.state.head.spec.fileName },
        error,
      )
      throw error
    }
  }

  #transition(run: LoadedRun, event: RunEvent): RunCommand[] {
    const now = this.#host.now()
    const { changes, commands } = transition(run.state, run.dag, event, contextAt(this.#host, run.uploadKey, now))
    if (changes !== null) {
      run.state = this.#store.append(run.state, run.runId, now, event, changes)
      run.packableSince = null
      this.#hooks.arm(run)
      this.#hooks.show(run)
      this.#hints.changed(run)
    }
    return commands
  }

  /** The first transition of a run that is new. */
  accept(spec: RunSpec, dag: Dag, event: RunEvent): RunCommand[] {
    const now = this.#host.now()
    const uploadKey = this.#runs.uploadKey(spec.runId)
    const { changes, commands } = transition(undefined, dag, event, contextAt(this.#host, uploadKey, now))
    const state = this.#store.append(undefined, spec.runId, now, event, changes!)
    const run = this.#runs.remember(spec.runId, state, dag, uploadKey)
    this.#hooks.arm(run)
    this.#hooks.show(run)
    return commands
  }
}

/** What the state machine may know of the world at `now`. */
export function contextAt(host: ObjectHost<Kinds>, uploadKey: string, now: number): TransitionContext {
  return { now, newId: length => host.randomHex(length), sha256: sha256Hex, uploadKey }
}
