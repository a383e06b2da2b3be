// What a Dag owes a run, put into words for whoever has to hear it: its Queue, or its Run.
import { OWN_QUEUE } from '@edgedag/core/run/give-back'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RunSummary } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import { usesOwnQueue } from './admission.ts'
import type { DagStore, RunRow } from './store.ts'

export interface Slot {
  queue: string
  hold: number
}

/** What became of it: the run's present line, or why it can never begin; neither: it was taken. */
export interface Delivered {
  line?: RunSummary
  failed?: string
}

/** By this time a queue knows the item of a run: each retry makes a new one. */
export const enqueuedAtOf = ({ summary, spec }: Pick<RunRow, 'summary' | 'spec'>): number =>
  summary.queuedAt ?? spec.createdAt

/** The place in the own queue under which an attempt begins; undefined: it goes by something else. */
export const ownSlotOf = (row: Pick<RunRow, 'spec' | 'summary' | 'duty'>): Slot | undefined =>
  usesOwnQueue(row.spec, row.duty.queue) ? { queue: OWN_QUEUE, hold: enqueuedAtOf(row) } : undefined

export class DagDelivery {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore

  constructor(host: ObjectHost<Kinds>, store: DagStore) {
    this.#host = host
    this.#store = store
  }

  async enqueue(row: RunRow): Promise<void> {
    const { runId, duty } = row
    const item = {
      runId,
      dagId: this.#host.name,
      priority: duty.priority ?? ('low' as const),
      enqueuedAt: enqueuedAtOf(row),
    }
    const { admitted } = await this.#host.object('queue', duty.queue!).enqueue(item)
    if (!admitted && row.phase === 'queued') row.summary = { ...row.summary, reason: `waits in queue ${duty.queue}` }
  }

  /** Creates the run, or has it retried, under the slot that it has. */
  send(row: RunRow, slot: Slot | undefined): Promise<Delivered> {
    switch (row.duty.action) {
      case 'create':
        return this.#create(row, slot)
      case 'retry':
        return this.#retry(row, slot ?? ownSlotOf(row))
      case 'go_on':
        return this.#goOn(row)
    }
  }

  async #goOn({ runId, duty }: RunRow): Promise<Delivered> {
    await this.#run(runId).slotGranted(runId, { queue: OWN_QUEUE, hold: duty.hold ?? 0 })
    return {}
  }

  async #create(row: RunRow, slot: Slot | undefined): Promise<Delivered> {
    const pinned = this.#store.pinned(row.spec.dagHash)
    if (pinned === null) return { failed: 'its pinned definition is gone' }
    const spec = slot === undefined ? row.spec : { ...row.spec, slot }
    const create = () => this.#run(row.runId).create({ spec, dagJson: pinned.json })
    // What is due is due for many at once; whoever starts a run himself does not wait for them.
    const created = await (spec.scheduleTime === undefined ? create() : this.#host.inTurn(create))
    return created.ok ? { line: created.value } : { failed: created.error.message }
  }

  async #retry({ runId, duty }: Pick<RunRow, 'runId' | 'duty'>, slot: Slot | undefined): Promise<Delivered> {
    const { step, onward, child, by = '', attempt } = duty
    const request = {
      by,
      ...(step === undefined ? {} : { step }),
      ...(onward ? { onward } : {}),
      ...(child === undefined ? {} : { child }),
      ...(slot === undefined ? {} : { slot }),
      ...(attempt === undefined ? {} : { attempt }),
    }
    const answer = await this.#run(runId).retry(runId, request)
    if (answer.ok) return {}
    // It may have been taken before, by a call whose answer was lost.
    const now = await this.#run(runId).summary(runId)
    return now !== null && !TERMINAL_RUN_STATUSES.has(now.status) ? { line: now } : { failed: answer.error.message }
  }

  #run(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}
