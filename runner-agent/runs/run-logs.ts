// Logs of one run: which file the world sees, and who brings it to R2.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { Masker } from '@edgedag/core/redact/masker'
import { MaskedCopy, maskedPath } from '../logs/masked-copy.ts'
import { MergedLog } from '../logs/merged-log.ts'
import type { ShippedStream } from '../logs/shipper.ts'
import type { UploadTarget } from '../upload/signed-put.ts'
import type { AgentHost } from './host.ts'
import { pendingUploads, uploadKey } from './host-run.ts'
import type { FinishedEvent, HostRun, Stream } from './host-run-state.ts'
import type { StepFiles } from './step-files.ts'

export interface RunLogsPort {
  host: AgentHost
  run: HostRun
  target(): UploadTarget
  /** Absent: the run has no secrets. */
  masker(): Masker | undefined
  /** Files of an attempt, by the names of its node. */
  files(step: string, attempt: number): StepFiles | undefined
  emit(event: AgentEvent, withinMs: number): void
  /** An upload is over. */
  settled(): void
}

export class RunLogs {
  readonly #port: RunLogsPort
  readonly #merged = new Map<string, MergedLog>()
  readonly #copies = new Map<string, MaskedCopy>()
  /** Logs of attempts that began before the run had a secret: they are what the world sees. */
  readonly #plain = new Set<string>()

  constructor(port: RunLogsPort) {
    this.#port = port
  }

  /** Looks after the logs of an attempt that is about to run. */
  watch(step: string, attempt: number, files: StepFiles): void {
    const masker = this.#port.masker()
    if (files.merged && files.alone)
      this.#merged.set(uploadKey(step, attempt, 'stdout'), new MergedLog(files.stdout, Object.values(files.alone)))
    for (const stream of files.streams) {
      const path = stream === 'stdout' ? files.stdout : files.stderr
      if (masker) this.#copies.set(uploadKey(step, attempt, stream), new MaskedCopy(path, masker))
      else this.#plain.add(path)
    }
    for (const stream of files.streams) this.#port.host.shipper.watch(this.#shipped(step, attempt, stream, files))
  }

  /** The file whose bytes leave the host. */
  visiblePath(stream: Stream, files: StepFiles): string {
    const path = stream === 'stdout' ? files.stdout : files.stderr
    return this.#port.masker() === undefined || this.#plain.has(path) ? path : maskedPath(path)
  }

  /** A part of the stream is in a segment, or on its way into one. */
  isSegmented(step: string, attempt: number, stream: Stream): boolean {
    const { host, run } = this.#port
    if ((run.uploads.get(uploadKey(step, attempt, stream))?.sealed ?? 0) > 0) return true
    return host.shipper.isBusy({ runId: run.runId, step, attempt, stream })
  }

  /** Undefined: all that the step wrote is visible; else a promise of that. */
  complete(step: string, attempt: number): Promise<void> | undefined {
    const keys = [uploadKey(step, attempt, 'stdout'), uploadKey(step, attempt, 'stderr')]
    if (!keys.some(key => this.#merged.has(key) || this.#copies.has(key))) return undefined
    const all = keys.map(async key => {
      const [merged, copy] = [this.#merged.get(key), this.#copies.get(key)]
      this.#merged.delete(key)
      this.#copies.delete(key)
      await merged?.finish()
      await copy?.finish()
    })
    return Promise.all(all).then(() => undefined)
  }

  /** The step is reported as finished: what is inline needs no one any more, the rest goes on to R2. */
  settle(event: FinishedEvent): void {
    const { host, run } = this.#port
    const { runId } = run
    for (const stream of ['stdout', 'stderr'] as const) {
      const key = { runId, step: event.step, attempt: event.attempt, stream }
      if (run.uploads.get(uploadKey(event.step, event.attempt, stream))?.final === undefined) host.shipper.unwatch(key)
      else this.#resume(event.step, event.attempt, stream)
    }
  }

  /** After a restart: goes on with what is not yet in R2. */
  restore(): void {
    for (const { step, attempt, stream } of pendingUploads(this.#port.run)) this.#resume(step, attempt, stream)
  }

  close(): void {
    for (const copy of [...this.#merged.values(), ...this.#copies.values()]) copy.close()
    const { host, run } = this.#port
    for (const { step, attempt, stream } of run.uploads.values())
      host.shipper.unwatch({ runId: run.runId, step, attempt, stream })
  }

  #resume(step: string, attempt: number, stream: Stream): void {
    const files = this.#port.files(step, attempt)
    if (files) this.#port.host.shipper.watch(this.#shipped(step, attempt, stream, files))
  }

  #shipped(step: string, attempt: number, stream: Stream, files: StepFiles): ShippedStream {
    const { run, host } = this.#port
    const key = uploadKey(step, attempt, stream)
    return {
      runId: run.runId,
      step,
      attempt,
      stream,
      path: this.visiblePath(stream, files),
      state: () => run.uploads.get(key),
      target: () => this.#port.target(),
      sealed: segment => {
        this.#port.emit({ type: 'segment', at: host.now(), step, attempt, stream, ...segment }, SEGMENT_WITHIN_MS)
        const state = run.uploads.get(key)
        if (state?.final !== undefined && state.sealed >= state.final) {
          host.shipper.unwatch({ runId: run.runId, step, attempt, stream })
          this.#port.settled()
        }
      },
      gaveUp: () => {
        run.uploads.delete(key)
        this.#port.settled()
      },
    }
  }
}

/** Nobody waits for a segment: it travels with what else happens. */
const SEGMENT_WITHIN_MS = 250
