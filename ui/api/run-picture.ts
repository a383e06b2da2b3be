// A run as its socket tells it. Promise: differences are brought into what the socket told before, never into an answer of REST,
// which may be of another moment: a member that changed and changed back between two frames is in neither of them.

import { applyRunPatch } from '@edgedag/core/run/details-patch'
import type { RunFrame } from './live-messages.ts'
import type { RunDetails } from './types.ts'

/** What only the DAG knows: REST answers it, the socket of the run does not. */
const KNOWN_TO_DAG = ['autoRetryCount', 'nextRetryAt'] as const satisfies (keyof RunDetails)[]

/** So often a question is asked anew where the socket has told something meanwhile. */
const MOST_ASKED = 3

const withDag = (told: RunDetails, shown: RunDetails | undefined): RunDetails => {
  const kept = KNOWN_TO_DAG.flatMap(key => (shown?.[key] === undefined ? [] : [[key, shown[key]]]))
  return { ...told, ...Object.fromEntries(kept) }
}

export class RunPicture {
  #told: RunDetails | undefined
  #frames = 0

  /** What to show after a frame where `shown` is shown now; undefined: the frame does not tell how the run is. */
  after(frame: RunFrame, shown: RunDetails | undefined): RunDetails | undefined {
    if (frame.type === 'snapshot') this.#told = frame.run
    else if (frame.type === 'patch' && this.#told) this.#told = applyRunPatch(this.#told, frame)
    else return undefined
    this.#frames++
    return withDag(this.#told, shown)
  }

  /** What to show after REST has been asked: an answer that frames may have overtaken never takes their place. */
  async asked(ask: () => Promise<RunDetails>): Promise<RunDetails> {
    for (let tries = 1; ; tries++) {
      const before = this.#frames
      const answer = await ask()
      if (this.#frames === before || this.#told === undefined) return answer
      if (tries === MOST_ASKED) return withDag(this.#told, answer)
    }
  }
}
