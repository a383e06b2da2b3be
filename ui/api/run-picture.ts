// A run as its socket tells it. Promise: differences are brought into what the socket told before, never into an answer of REST,
// which may be of another moment: a member that changed and changed back between two frames is in neither of them.

import { applyRunPatch } from '@edgedag/core/run/details-patch'
import type { RunFrame } from './live-messages.ts'
import type { RunDetails } from './types.ts'

/** What only the DAG knows: REST answers it, the socket of the run does not. */
const KNOWN_TO_DAG = ['autoRetryCount', 'nextRetryAt'] as const satisfies (keyof RunDetails)[]

export class RunPicture {
  #told: RunDetails | undefined

  /** What to show after a frame where `shown` is shown now; undefined: the frame tells nothing about the run. */
  after(frame: RunFrame, shown: RunDetails | undefined): RunDetails | undefined {
    if (frame.type === 'snapshot') this.#told = frame.run
    else if (frame.type === 'patch' && this.#told) this.#told = applyRunPatch(this.#told, frame)
    else return undefined
    const kept = KNOWN_TO_DAG.flatMap(key => (shown?.[key] === undefined ? [] : [[key, shown[key]]]))
    return { ...this.#told, ...Object.fromEntries(kept) }
  }
}
