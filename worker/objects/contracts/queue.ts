// What others may ask of a named Queue. A Dag answers the same about its own queue.

import type { Destination } from '@edgedag/core/queue/line'
import type { QueuePlace } from '@edgedag/core/queue/place'
import type { Priority } from '@edgedag/core/queue/rank'

export type { Destination, Priority, QueuePlace }

/** A global queue with a size of its own. `file`: the configuration file that names it; null: people have set it. */
export interface ConfiguredQueue {
  name: string
  maxConcurrency: number
  file: string | null
}

export interface QueueItem {
  runId: string
  dagId: string
  priority: Priority
  enqueuedAt: number
}

export interface QueueDescription {
  name: string
  maxConcurrency: number
  paused: boolean
  /** It is configured no longer, and keeps its size until nothing runs or waits in it. */
  leaving?: true
  running: { runId: string; dagId: string; admittedAt: number }[]
  queuedCount: number
  /** How long a run held its slot lately, in ms; null: nothing is known. */
  meanMs: number | null
}

export interface QueuedItem extends QueueItem {
  /** From 1. */
  position: number
  /** Guess, epoch ms. */
  startsAt: number | null
}

/** Why a queue could not do it. */
export type QueueRefusal = 'unknown' | 'running' | 'no_such_place'

export interface QueueApi {
  /** Null: configured no longer; it keeps its size until nothing runs or waits in it. */
  configure(maxConcurrency: number | null): void
  /**
   * Answers at once whether it was admitted; admission itself goes to the Dag. `first`: before all that wait now. Asked again it
   * changes nothing, but whoever has a slot hears of it again.
   */
  enqueue(item: QueueItem & { first?: true }): { admitted: boolean; position: number }
  dequeue(runId: string): boolean
  /** Takes many out in one commit. `waited`: those that are out now; `admitted`: those that have a place, and keep it. */
  dequeueAll(runIds: string[]): { waited: string[]; admitted: string[] }
  release(runId: string, hold: number): void
  describe(): QueueDescription
  /** What waits, in order, from a position (from 0) on. */
  items(query: { from: number; limit: number }): QueuedItem[]
  /** Null: it does not wait here. */
  place(runId: string): QueuePlace | null
  move(runId: string, where: Destination): 'ok' | QueueRefusal
  setPriority(runId: string, priority: Priority): 'ok' | QueueRefusal
  /** A paused queue admits nobody; who runs goes on. */
  setPaused(paused: boolean): void
}
