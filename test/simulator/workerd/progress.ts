// How long nothing has happened. Promise: a test that waits for it fails when things stand still, never because the machine is slow.

/** Between two questions; many wait at once, and what they wait for takes seconds. */
const AGAIN_MS = { first: 100, most: 500 }
/** Longer than anything that the product itself waits for before it looks after what was lost (60 s, then the next sweep). */
const STANDSTILL_MS = 80_000
/** A call to an object that is being reset may never be answered. */
const ANSWER_MS = 10_000

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export class Progress {
  #at = Date.now()

  /** Something happened: a process began or ended, a request was answered. */
  note(): void {
    this.#at = Date.now()
  }

  /** Asks until the answer is yes; an object that is being reset gives none. */
  async until(ask: () => Promise<boolean>, what: string): Promise<void> {
    for (let again = AGAIN_MS.first; ; again = Math.min(again * 1.5, AGAIN_MS.most)) {
      const none = pause(ANSWER_MS).then(() => false)
      if (await Promise.race([ask().catch(() => false), none])) return this.note()
      const quietMs = Date.now() - this.#at
      if (quietMs > STANDSTILL_MS)
        throw new Error(`${what} did not come; nothing at all has happened for ${quietMs} ms`)
      await pause(again)
    }
  }
}
