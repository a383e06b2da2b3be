// Runs without a host: plans that need neither a shell nor files are executed here, behind the frames and fences of an agent.
// Promise: nothing is written here. What is lost with this memory is sent again by its Run, whose plans here count as undelivered until
// they have ended; a step that may not be done again begins once its Run has written that it is started, and is lost with this memory.
import type { RunFrame } from '@edgedag/core/protocol/frames'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { logSink } from '../../edge/edge-logs.ts'
import { EdgeRun } from '../../edge/edge-run.ts'
import { outsideOf } from '../../edge/executors.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import { payloadKey } from '../../store/keys.ts'
import type { EdgeRunnerApi, Kinds } from '../contracts.ts'
import { runObjectName } from '../names.ts'

/** Runs that are kept in memory while nothing of them is done. */
const MAX_IDLE = 200

export class EdgeRunnerObject implements Serves<EdgeRunnerApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #runs = new Map<string, EdgeRun>()

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  send(frame: RunFrame): void {
    const { runId } = frame
    const known = this.#runs.get(runId)
    if (known === undefined && frame.plans === undefined && frame.stop === undefined) return
    const run = known ?? this.#open(runId)
    this.#host.background(run.take(frame))
  }

  async alarm(): Promise<void> {}

  #open(runId: string): EdgeRun {
    const host = this.#host
    const run = new EdgeRun(runId, {
      now: () => host.now(),
      pause: ms => host.pause(ms),
      report: report => host.object('run', runObjectName(runId, host.settings.runPool)).report(EDGE_RUNNER, report),
      log: logSink(runId, host.blobs, () => host.now()),
      outside: outsideOf((url, init) => host.fetch(url, init)),
      payload: async (id, blob) => {
        const bytes = await host.blobs.get(payloadKey(id, blob))
        return bytes === null ? null : new TextDecoder().decode(bytes)
      },
      secrets: attempt =>
        host.object('run', runObjectName(runId, host.settings.runPool)).attemptSecrets(EDGE_RUNNER, { runId, attempt }),
      background: work => host.background(work),
      ended: () => {
        if (this.#runs.get(runId) === run) this.#runs.delete(runId)
      },
    })
    this.#runs.set(runId, run)
    this.#makeRoom()
    return run
  }

  #makeRoom(): void {
    for (const [runId, run] of this.#runs) {
      if (this.#runs.size <= MAX_IDLE) return
      if (run.isIdle) this.#runs.delete(runId)
    }
  }
}
