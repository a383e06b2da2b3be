// One look at an artifacts directory: what is new or changed goes to R2, then a manifest that lists all. Promise: a manifest names
// only bytes that are stored and whose hash was taken from what was sent.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeManifest } from '@edgedag/core/artifacts/manifest'
import { planBlobs, type Slice } from './plan-blobs.ts'
import type { BlobName, Piece, PutBlob } from './put-blob.ts'
import { type FoundFile, type Scan, scanFolder } from './scan.ts'
import type { StoredFile, UploadState } from './upload-state.ts'

export interface PassPort {
  dir: string
  state: UploadState
  /** Keeps the state on disk. */
  save(): void
  /** Stores until it is stored; undefined: given up, since the agent ends. `send` is told the number that it has to use. */
  store(send: (n: number) => Promise<PutBlob>): Promise<PutBlob | undefined>
  putFiles(name: Pick<BlobName, 'n'>, pieces: readonly Piece[]): Promise<PutBlob>
  putText(name: Pick<BlobName, 'n'>, text: string): Promise<PutBlob>
  /** Epoch ms by this host's own clock. */
  now(): number
  isClosed(): boolean
}

export interface PassResult {
  /** The list in R2 is another one than before. */
  isNew: boolean
  /** Files that changed while they were read. */
  restless: string[]
  warnings: string[]
}

/** While the run goes on a file is brought when it has rested so long; twice as long each time that it is brought again. */
const REST_MS = 3_000
const MOST_DOUBLINGS = 8

/** `final`: the run is over, nothing has to rest. `lastTry`: what still changes is taken as it is. */
export async function uploadPass(port: PassPort, options: { final: boolean; lastTry: boolean }): Promise<PassResult> {
  const scan = await scanFolder(port.dir)
  const pass = new Pass(port, scan, options)
  await pass.run()
  return { isNew: pass.isNew, restless: [...pass.restless], warnings: [...scan.warnings, ...pass.warnings] }
}

class Pass {
  readonly restless = new Set<string>()
  readonly warnings: string[] = []
  isNew = false
  readonly #port: PassPort
  readonly #scan: Scan
  readonly #options: { final: boolean; lastTry: boolean }
  readonly #stored: Map<string, StoredFile>
  readonly #hashes = new Map<string, Hash>()
  readonly #parts = new Map<string, StoredFile['parts']>()

  constructor(port: PassPort, scan: Scan, options: { final: boolean; lastTry: boolean }) {
    this.#port = port
    this.#scan = scan
    this.#options = options
    this.#stored = new Map(port.state.files.map(file => [file.path, file]))
  }

  async run(): Promise<void> {
    const { state } = this.#port
    const changed = this.#scan.files.filter(file => this.#isDue(file))
    for (const blob of planBlobs(changed, file => this.#begin(file))) {
      if (this.#port.isClosed()) return
      await this.#send(blob.filter(({ file }) => !this.restless.has(file.path)))
    }
    for (const file of changed) if (file.size === 0) this.#keep(file)
    const present = new Set(this.#scan.files.map(file => file.path))
    for (const path of this.#stored.keys()) if (!present.has(path)) this.isNew = this.#stored.delete(path) || this.isNew
    const isListed = state.manifest > 0 || this.#stored.size === 0
    if (this.#port.isClosed() || (!this.isNew && isListed)) return
    await this.#sendManifest()
  }

  #isDue(file: FoundFile): boolean {
    const known = this.#stored.get(file.path)
    if (known?.sign === file.sign) return false
    if (this.#options.final) return true
    const restMs = REST_MS * 2 ** Math.min(known?.times ?? 0, MOST_DOUBLINGS)
    return this.#port.now() - file.modifiedAt >= restMs
  }

  /** Where a file is begun: behind the parts that an earlier agent has brought. */
  #begin(file: FoundFile): number {
    const { partial } = this.#port.state
    const isKnown = partial?.path === file.path && partial.sign === file.sign
    const parts = isKnown ? partial.parts : []
    this.#parts.set(file.path, [...parts])
    return parts.reduce((sum, [, , bytes]) => sum + bytes, 0)
  }

  async #send(slices: readonly Slice[]): Promise<void> {
    let rest = slices
    while (rest.length > 0) {
      const sending = rest
      // Hashes go with what was sent in the end: an attempt that failed must leave no trace in them.
      let hashes = new Map<string, Hash>()
      const result = await this.#port.store(async n => {
        hashes = await this.#hashesBefore(sending)
        return this.#port.putFiles(
          { n },
          sending.map(slice => pieceOf(slice, hashes)),
        )
      })
      if (result === undefined) return
      if (result.ok) return this.#sent(sending, hashes)
      if (result.why !== 'changed') return
      const { path } = result
      this.#givesUp(path, result.error)
      rest = sending.filter(({ file }) => file.path !== path)
    }
  }

  /** Hashers as they stand before these slices. Parts of an earlier agent are read once more, from the disk. */
  async #hashesBefore(slices: readonly Slice[]): Promise<Map<string, Hash>> {
    const hashes = new Map<string, Hash>()
    for (const { file, offset } of slices) {
      const known = this.#hashes.get(file.path)
      hashes.set(file.path, known?.copy() ?? (await hashOf(file.source, offset)))
    }
    return hashes
  }

  #sent(slices: readonly Slice[], hashes: ReadonlyMap<string, Hash>): void {
    const { state } = this.#port
    const n = state.next - 1
    let at = 0
    for (const { file, offset, bytes } of slices) {
      this.#hashes.set(file.path, hashes.get(file.path)!)
      const parts = this.#parts.get(file.path) ?? []
      parts.push([n, at, bytes])
      this.#parts.set(file.path, parts)
      at += bytes
      if (offset + bytes === file.size) this.#keep(file)
      else state.partial = { path: file.path, sign: file.sign, parts: [...parts] }
    }
    state.files = [...this.#stored.values()]
    this.#port.save()
  }

  #keep(file: FoundFile): void {
    const { path, size, modifiedAt, sign } = file
    const { state } = this.#port
    const sha256 = (this.#hashes.get(path) ?? createHash('sha256')).digest('hex')
    this.#hashes.delete(path)
    const times = (this.#stored.get(path)?.times ?? -1) + 1
    this.#stored.set(path, { path, size, modifiedAt, sha256, parts: this.#parts.get(path) ?? [], sign, times })
    if (state.partial?.path === path) delete state.partial
    this.isNew = true
  }

  #givesUp(path: string, why: string): void {
    this.restless.add(path)
    const what = this.#stored.has(path) ? 'what is kept of it is older' : 'it is not kept'
    if (this.#options.lastTry) this.warnings.push(`${JSON.stringify(path.slice(0, 300))}: ${why}; ${what}`)
  }

  async #sendManifest(): Promise<void> {
    const { state } = this.#port
    const files = [...this.#stored.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
    const text = writeManifest(files.map(({ sign: _sign, times: _times, ...file }) => file))
    const result = await this.#port.store(n => this.#port.putText({ n }, text))
    if (!result?.ok) return
    state.files = files
    state.manifest = state.next - 1
    state.manifestSha256 = createHash('sha256').update(text).digest('hex')
    this.isNew = true
    this.#port.save()
  }
}

const pieceOf = ({ file, offset, bytes }: Slice, hashes: ReadonlyMap<string, Hash>): Piece => {
  const hash = hashes.get(file.path)!
  return { path: file.path, source: file.source, offset, bytes, passed: chunk => void hash.update(chunk) }
}

const hashOf = async (source: string, bytes: number): Promise<Hash> => {
  const hash = createHash('sha256')
  if (bytes === 0) return hash
  for await (const chunk of createReadStream(source, { end: bytes - 1 })) hash.update(chunk as Buffer)
  return hash
}
