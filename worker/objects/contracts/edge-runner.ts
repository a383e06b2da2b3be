// What others may ask of an EdgeRunner: runs that need no host.
import type { RunFrame } from '@edgedag/core/protocol/frames'

export interface EdgeRunnerApi {
  /** Takes a frame of a Run; a plan that it has already, or has ended, changes nothing. */
  send(frame: RunFrame): void
}
