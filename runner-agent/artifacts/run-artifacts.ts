// Artifacts of one run: brought to R2 while it goes on, and completely when it has ended. Promise: the Run is told that all is there
// once it is, whatever agent or control plane do meanwhile; a run without artifacts costs nothing.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import { backoffMs } from '../connection/backoff.ts'
import type { AgentHost } from '../runs/host.ts'
import type { HostRun } from '../runs/host-run-state.ts'
import type { UploadTarget } from '../upload/signed-put.ts'
import { type PutBlob, putFiles, putText } from './put-blob.ts'
import { type PassPort, uploadPass } from './upload-pass.ts'
import { readUploadState, type UploadState, writeUploadState } from './upload-state.ts'

export interface RunArtifactsPort {
  host: AgentHost
  run: HostRun
  /** Folder of the run. */
  runDir: string
  /** The artifacts directory; undefined: artifacts are not enabled. */
  dir(): string | undefined
  target(): UploadTarget
  emit(event: AgentEvent, withinMs: number): void
  /** All is told. */
  settled(): void
}

const FIRST_LOOK_MS = 5_000
const LONGEST_PAUSE_MS = 60_000
const RETRY = { firstMs: 1_000, maxMs: 60_000 }
/** A file that changes while it is read is read again, so often, when the run is over. */
const TRIES = 4
const BETWEEN_TRIES_MS = 300
const TOLD_WITHIN_MS = 250
const MOST_WARNINGS = 20

export class RunArtifacts {
  readonly #port: RunArtifactsPort
  #state: UploadState | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = FIRST_LOOK_MS
  #busy = false
  #closed = false

  constructor(port: RunArtifactsPort) {
    this.#port = port
  }

  /** The run is over, and the Run has not been told yet that all artifacts are there. */
  get isOpen(): boolean {
    const { run } = this.#port
    return this.#port.dir() !== undefined && run.end === 'finished' && run.artifactsSettled !== run.attempt
  }

  /** Looks after the directory: now and then while the run goes on, at once when it has ended. */
  watch(): void {
    if (this.#closed || this.#port.dir() === undefined) return
    clearTimeout(this.#timer)
    if (this.isOpen) void this.#work()
    else if (this.#port.run.end === undefined) {
      this.#timer = setTimeout(() => void this.#work(), this.#pauseMs)
      this.#timer.unref()
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #work(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      if (this.isOpen) await this.#finish()
      else await this.#look()
    } catch (error) {
      this.#port.host.log('warn', 'artifacts could not be looked at', {
        run: this.#port.run.runId,
        error: (error as Error).message,
      })
      if (this.isOpen) this.#tell(true, [`artifacts could not be read: ${(error as Error).message}`])
    } finally {
      this.#busy = false
    }
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, LONGEST_PAUSE_MS)
    this.watch()
  }

  async #look(): Promise<void> {
    const { isNew, warnings } = await uploadPass(this.#passPort(), { final: false, lastTry: false })
    if (isNew && !this.#closed) this.#tell(false, warnings)
  }

  async #finish(): Promise<void> {
    const { run } = this.#port
    const { attempt } = run
    for (let tried = 1; ; tried++) {
      const result = await uploadPass(this.#passPort(), { final: true, lastTry: tried === TRIES })
      // A new attempt of the run has begun meanwhile: its end is waited for.
      if (this.#closed || run.attempt !== attempt || run.end !== 'finished') return
      // Looked at once more after it was brought: whatever the run left behind may still write.
      const isQuiet = result.restless.length === 0 && !result.isNew
      if (isQuiet || tried === TRIES) return this.#tell(true, result.warnings)
      if (result.restless.length > 0) await new Promise(resolve => setTimeout(resolve, BETWEEN_TRIES_MS))
    }
  }

  #tell(settled: boolean, warnings: readonly string[]): void {
    const { run, host, emit } = this.#port
    const { files, manifest, manifestSha256 } = this.#uploads
    emit(
      {
        type: 'artifacts',
        at: host.now(),
        attempt: run.attempt,
        manifest,
        files: files.length,
        bytes: files.reduce((sum, { size }) => sum + size, 0),
        sha256: manifestSha256,
        settled,
        warnings: warnings.slice(0, MOST_WARNINGS).map(text => text.slice(0, 1000)),
      },
      settled ? 0 : TOLD_WITHIN_MS,
    )
    if (settled) this.#port.settled()
  }

  get #uploads(): UploadState {
    this.#state ??= readUploadState(this.#port.runDir)
    return this.#state
  }

  #passPort(): PassPort {
    const { host, run, runDir } = this.#port
    const name = (n: number) => ({ runId: run.runId, runnerId: host.runnerId, n })
    return {
      dir: this.#port.dir()!,
      state: this.#uploads,
      save: () => writeUploadState(runDir, this.#uploads),
      store: send => this.#store(send),
      putFiles: ({ n }, pieces) => putFiles(name(n), this.#port.target(), pieces),
      putText: ({ n }, text) => putText(name(n), this.#port.target(), text),
      now: () => Date.now(),
      isClosed: () => this.#closed,
    }
  }

  async #store(send: (n: number) => Promise<PutBlob>): Promise<PutBlob | undefined> {
    const state = this.#uploads
    for (let failures = 0; !this.#closed; ) {
      const n = state.next
      const result = await this.#port.host.uploads.run(() => send(n))
      // The number is used up, also where it holds what an answer that was lost has stored.
      if (result.ok || result.why === 'taken') state.next = n + 1
      if (result.ok || result.why === 'changed') return result
      if (result.why === 'taken') continue
      failures++
      this.#port.host.log('warn', 'artifacts could not be stored', { run: this.#port.run.runId, error: result.error })
      const pauseMs = backoffMs(failures, 0.5 + Math.random() / 2, RETRY)
      await new Promise(resolve => setTimeout(resolve, pauseMs).unref())
    }
    return undefined
  }
}
