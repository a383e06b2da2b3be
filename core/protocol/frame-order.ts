// Frames of a run may overtake each other between its Run and the agent. Promise: of two frames the one that was made earlier is
// void once the later one has passed; a run that has long ended is remembered for as long as there is room.
import type { RunFrame } from './frames.ts'

/** Runs of which the newest frame's number is remembered. */
const MAX_RUNS = 2_000

export class FrameOrder {
  readonly #newest = new Map<string, number>()

  /** The frame as it may be passed on: of one that was overtaken only its acknowledgement is left; null: nothing. */
  pass(frame: RunFrame): RunFrame | null {
    const { type, runId, rev, ack, hello } = frame
    if (rev === undefined) return frame
    if (hello !== true && rev < (this.#newest.get(runId) ?? 0)) return ack === undefined ? null : { type, runId, ack }
    this.#newest.delete(runId)
    this.#newest.set(runId, rev)
    if (this.#newest.size > MAX_RUNS) this.#newest.delete(this.#newest.keys().next().value!)
    return frame
  }
}
