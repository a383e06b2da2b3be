// The log of a run with secrets, as the world may see it: a second file, masked while the step writes. Everything that leaves
// the host is read from it, so offsets and lengths are its own. A restarted agent writes it anew, with the same content.
import { appendFileSync, writeFileSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { Masker } from '@edgedag/core/redact/masker'
import { openTail } from '../process/tail.ts'

const INTERVAL_MS = 250
/** The loop that answers pings must not starve: so much between two turns of it. */
const SLICE_BYTES = 1 << 20

export const MASKED_SUFFIX = '.masked'

export const maskedPath = (path: string): string => `${path}${MASKED_SUFFIX}`

export class MaskedCopy {
  readonly path: string
  readonly #tail: ReturnType<typeof openTail>
  readonly #stream: ReturnType<Masker['stream']>
  readonly #decoder = new StringDecoder('utf8')
  #timer: NodeJS.Timeout | undefined
  #busy: Promise<void> | undefined
  #left = false

  constructor(source: string, masker: Masker) {
    this.path = maskedPath(source)
    this.#tail = openTail(source)
    this.#stream = masker.stream()
    this.#timer = setInterval(() => void this.#pump(), INTERVAL_MS).unref()
  }

  /** Resolves when everything in the source is masked; nothing is looked at after that. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    await this.#pump()
    this.#add(this.#decoder.end())
    this.#add(this.#stream.end(), true)
  }

  /** The agent ends: the copy is the next one's to write. */
  close(): void {
    this.#left = true
    clearInterval(this.#timer)
  }

  #pump(): Promise<void> {
    this.#busy ??= this.#copy().finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async #copy(): Promise<void> {
    while (!this.#left) {
      const first = this.#tail.offset === 0
      const bytes = this.#tail.read(SLICE_BYTES)
      if (bytes.length === 0) return
      if (first) writeFileSync(this.path, '', { mode: 0o600 })
      this.#add(this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)))
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  #add(text: string, masked = false): void {
    const out = masked ? text : this.#stream.push(text)
    if (out === '' || this.#left) return
    try {
      appendFileSync(this.path, out)
    } catch {
      // A full disk costs the log, never the step.
    }
  }
}
