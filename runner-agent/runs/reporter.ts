// Reports of one run, in order. Promise: one report is in flight at a time; it is resent unchanged until it is acknowledged;
// what happens meanwhile waits and travels together in the next one. Segments of R2 aside, nothing waits longer than asked,
// except that quick steps of one plan share reports: what is not urgent follows the report before it at a distance.
import { MAX_FRAME_BYTES, MAX_UNACKED_RESULTS } from '@edgedag/core/protocol/frames'
import type { JournalRecord } from '../journal/records.ts'
import { applyRecord } from './host-run.ts'
import type { HostRun } from './host-run-state.ts'

/** A report without an answer goes out again on the same connection too: after this, then after twice as long each time. */
const RESEND_FIRST_MS = 5_000
const RESEND_MAX_MS = 60_000
/** Events of one report at most (the schema's limit is 4,096). */
const MAX_EVENTS = 1000
/**
 * Reports that nobody waits for keep a distance: each costs the control plane a commit and both sides CPU. In a chain nothing
 * depends on a result but the step that is started already, so only people wait for it; in a graph other plans may.
 */
const CHAIN_DISTANCE_MS = 25
const GRAPH_DISTANCE_MS = 10
/** So many results are worth a report of their own: the plan must not have to wait for an acknowledgement. */
const RESULTS_WORTH_A_REPORT = MAX_UNACKED_RESULTS / 2

export interface ReporterPort {
  /** False: not connected; the report is sent after the next welcome. */
  send(text: string): boolean
  append(record: JournalRecord): void
  /** True when the steps of the run follow each other. */
  isChain(): boolean
}

export class Reporter {
  readonly #run: HostRun
  readonly #port: ReporterPort
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #sentAt = Number.NEGATIVE_INFINITY
  #again: NodeJS.Timeout | undefined
  #againMs = RESEND_FIRST_MS
  /** Something that the Run has to decide on waits behind the report in flight. */
  #urgent = false

  constructor(run: HostRun, port: ReporterPort) {
    this.#run = run
    this.#port = port
  }

  /**
   * Sends what waits within `ms`, unless a report is in flight: then its acknowledgement sends the next. 0 is at once;
   * anything else may be put off until the distance to the report before is kept.
   */
  schedule(ms: number): void {
    if (ms <= 0) this.#urgent = true
    if (this.#run.inFlight > 0) return
    if (ms <= 0) {
      this.flush()
      return
    }
    const now = performance.now()
    const isWorthIt = this.#run.unackedResults >= RESULTS_WORTH_A_REPORT
    const due = isWorthIt ? now + ms : Math.max(now + ms, this.#sentAt + this.#distanceMs)
    if (due >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = due
    this.#timer = setTimeout(() => this.flush(), due - now)
  }

  get #distanceMs(): number {
    return this.#port.isChain() ? CHAIN_DISTANCE_MS : GRAPH_DISTANCE_MS
  }

  /** A frame of the Run has come: what waited behind a report goes now, or at its distance. */
  goOn(): void {
    if (this.#run.waiting.length > 0) this.schedule(this.#urgent ? 0 : 1)
  }

  /** Sends what waits now, unless a report is in flight. */
  flush(): void {
    this.#forgetTimer()
    const run = this.#run
    if (run.inFlight > 0 || run.waiting.length === 0) return
    const count = this.#fitting()
    this.#urgent &&= count < run.waiting.length
    this.#sentAt = performance.now()
    this.#record({ k: 'sent', run: run.runId, seq: run.seq + 1, count })
    this.resend()
  }

  /** Sends the report in flight again, unchanged; without one, what waits. */
  resend(): void {
    const run = this.#run
    if (run.inFlight === 0) {
      this.flush()
      return
    }
    const events = run.waiting.slice(0, run.inFlight).map(waiting => waiting.json)
    const head = `{"type":"report","runId":${JSON.stringify(run.runId)},"seq":${run.seq},"events":[`
    this.#port.send(`${head}${events.join(',')}]}`)
    clearTimeout(this.#again)
    this.#again = setTimeout(() => {
      this.#againMs = Math.min(this.#againMs * 2, RESEND_MAX_MS)
      this.resend()
    }, this.#againMs)
    this.#again.unref()
  }

  /**
   * An answer with `ack`. True: the report in flight has arrived. A higher number than ours means that this host has said more
   * than its journal remembers (a power cut took the end of it, or the run began anew here): the report was taken for a
   * repetition and not read. It goes again under the next number; the Run looks at each event by its plan and attempt.
   */
  acknowledged(seq: number): boolean {
    const run = this.#run
    if (run.inFlight === 0 || seq < run.seq) return false
    if (seq > run.seq) {
      this.#record({ k: 'sent', run: run.runId, seq: seq + 1, count: run.inFlight })
      this.resend()
      return false
    }
    clearTimeout(this.#again)
    this.#againMs = RESEND_FIRST_MS
    this.#record({ k: 'ack', run: run.runId, seq })
    return true
  }

  #record(record: JournalRecord): void {
    this.#port.append(record)
    applyRecord(this.#run, record)
  }

  /** Nothing is sent any more until asked. */
  close(): void {
    clearTimeout(this.#again)
    this.#forgetTimer()
  }

  #forgetTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  /** How many waiting events fit into one frame: at least one. */
  #fitting(): number {
    let bytes = 200
    let count = 0
    for (const { json } of this.#run.waiting) {
      bytes += Buffer.byteLength(json) + 1
      if (count > 0 && (bytes > MAX_FRAME_BYTES || count >= MAX_EVENTS)) break
      count++
    }
    return count
  }
}
