// Whoever asks the control plane until the answer is a yes.
import type { Call, ControlPlane } from './control-plane.ts'

const AGAIN_MS = 700

export type IsYes = (value: unknown) => boolean

/** A yes of the API, or that what was to be made is there. */
const isResult: IsYes = value => {
  if (value === true) return true
  const answer = value as { ok?: boolean; error?: { code: string } } | null | undefined
  return typeof answer === 'object' && (answer?.ok === true || answer?.error?.code === 'already_exists')
}

export class Asking {
  readonly #plane: ControlPlane
  /** Questions without a yes. */
  open = 0

  constructor(plane: ControlPlane) {
    this.#plane = plane
  }

  ask(call: Call, then: () => void, isYes: IsYes = isResult): void {
    this.open++
    this.#plane.call(call, outcome => {
      this.open--
      if (outcome.ok && isYes(outcome.value)) return then()
      this.open++
      this.#plane.loop.after(AGAIN_MS, () => {
        this.open--
        this.ask(call, then, isYes)
      })
    })
  }
}
