// What others may ask of a named Queue.
export interface QueueItem {
  runId: string
  dagId: string
  priority: 'high' | 'low'
  enqueuedAt: number
}

export interface QueueApi {
  configure(maxConcurrency: number | null): void
  /** Answers at once whether it was admitted; admission itself goes to the Dag. */
  enqueue(item: QueueItem): { admitted: boolean; position: number }
  dequeue(runId: string): boolean
  release(runId: string, hold: number): void
  describe(): { name: string; maxConcurrency: number; running: string[]; queued: QueueItem[] }
}
