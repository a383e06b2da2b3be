// Blob storage. Promise: a put creates and never overwrites; any operation may fail, before or after it was carried out.
import { type Faults, SimFault } from './faults.ts'
import type { SimLoop } from './loop.ts'
import type { Random } from './random.ts'

type Done = (outcome: { ok: true; value: unknown } | { ok: false; error: unknown }) => void

export class SimBlobs {
  readonly all = new Map<string, Uint8Array>()
  readonly #loop: SimLoop
  readonly #faults: Faults
  readonly #random: Random

  constructor(loop: SimLoop, faults: Faults, random: Random) {
    this.#loop = loop
    this.#faults = faults
    this.#random = random
  }

  put(key: string, body: Uint8Array, done: Done): void {
    const copy = body.slice()
    this.#carryOut(done, () => {
      if (this.all.has(key)) return false
      this.all.set(key, copy)
      return true
    })
  }

  get(key: string, range: { offset: number; length: number } | undefined, done: Done): void {
    this.#carryOut(done, () => {
      const bytes = this.all.get(key)
      if (bytes === undefined) return null
      const part = range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length)
      return part.buffer
    })
  }

  delete(keys: string[], done: Done): void {
    this.#carryOut(done, () => {
      for (const key of keys) this.all.delete(key)
    })
  }

  list(prefix: string, after: string, done: Done): void {
    this.#carryOut(done, () =>
      [...this.all.keys()]
        .filter(key => key.startsWith(prefix) && key > after)
        .sort()
        .slice(0, 1000),
    )
  }

  #carryOut(done: Done, work: () => unknown): void {
    const fails = this.#faults.blobFate() === 'blob failure'
    const isCarriedOut = !fails || this.#random.chance(0.5)
    this.#loop.after(this.#random.between(5, 400), () => {
      const value = isCarriedOut ? work() : undefined
      done(fails ? { ok: false, error: new SimFault('blob storage failed') } : { ok: true, value })
    })
  }
}
