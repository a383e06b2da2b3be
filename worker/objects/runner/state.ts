// What a Runner keeps with its agent's socket: who the agent is and which runs it carries. Promise: nothing of it is a row; a list
// too long for the socket's attachment is marked as cut, and a cut list never says that a run is absent. A run that was put on the list
// by plans is in doubt until the agent has spoken of it.
import type { Hello } from '@edgedag/core/protocol/frames'
import type { Socket } from '../../host/port.ts'

/** Bytes of run ids that an attachment may hold; the platform allows 16 KB for all of it. */
const MAX_LIST_BYTES = 11_000
/** Entries of the list of the unheard that an attachment may hold; an id has 64 characters at most. */
const MAX_UNHEARD = 25

export interface AgentRecord {
  hostname: string
  labels: Record<string, string>
  capacity: number
  version: string
  bootId: string
  since: number
}

interface Attachment {
  agent: AgentRecord | null
  runs: string[]
  cut: boolean
  /** Its runs have heard the hello; absent: of an older version, which did not say. */
  told?: boolean
  unheard?: Unheard[]
}

/** A run that the agent was given plans of, and of which it has said nothing since; epoch ms. */
type Unheard = readonly [runId: string, since: number]

/** Runs that an agent carries, mirrored into its socket's attachment. */
export class CarriedRuns {
  readonly socket: Socket
  readonly #runs: Set<string>
  #agent: AgentRecord | null
  #cut: boolean
  #told: boolean
  readonly #unheard: Map<string, number>

  constructor(socket: Socket) {
    this.socket = socket
    const attachment = (socket.getAttachment() ?? { agent: null, runs: [], cut: false }) as Attachment
    this.#agent = attachment.agent
    this.#runs = new Set(attachment.runs)
    this.#cut = attachment.cut
    this.#told = attachment.told ?? true
    this.#unheard = new Map(attachment.unheard)
  }

  get agent(): AgentRecord | null {
    return this.#agent
  }

  get runs(): string[] {
    return [...this.#runs]
  }

  /** False: an instance that ended meanwhile may not have passed the hello on. */
  get told(): boolean {
    return this.#told
  }

  markTold(): void {
    this.#told = true
    this.#store()
  }

  hello(hello: Hello, now: number): void {
    this.#told = false
    this.#agent = {
      hostname: hello.host.hostname,
      labels: hello.labels,
      capacity: hello.capacity,
      version: hello.version,
      bootId: hello.bootId,
      since: now,
    }
    this.#runs.clear()
    this.#unheard.clear()
    this.#cut = false
    for (const run of hello.runs) this.#runs.add(run.runId)
    this.#store()
  }

  has(runId: string): boolean {
    return this.#cut || this.#runs.has(runId)
  }

  /** It was given plans. */
  add(runId: string, now: number): void {
    if (this.#runs.has(runId)) return
    this.#runs.add(runId)
    this.#unheard.set(runId, now)
    this.#store()
  }

  /** The agent has spoken of it: it has it indeed. */
  heard(runId: string): void {
    if (this.#unheard.delete(runId)) this.#store()
  }

  /** Runs that it may never have taken, as what it was given was out of date: unheard since this moment, or since before the clock was set back. */
  unheardSince(at: number, now: number): Unheard[] {
    return [...this.#unheard].filter(([, since]) => since <= at || since > now)
  }

  /** Takes one from the list that is over, unless it was given anew meanwhile. */
  settle([runId, since]: Unheard, isOver: boolean): void {
    if (this.#unheard.get(runId) !== since) return
    this.#unheard.delete(runId)
    if (isOver) this.#runs.delete(runId)
    this.#store()
  }

  remove(runId: string): void {
    this.#unheard.delete(runId)
    if (this.#runs.delete(runId)) this.#store()
  }

  #store(): void {
    const runs: string[] = []
    let bytes = 0
    for (const runId of this.#runs) {
      bytes += runId.length + 3
      if (bytes > MAX_LIST_BYTES) break
      runs.push(runId)
    }
    if (runs.length < this.#runs.size) this.#cut = true
    const unheard = [...this.#unheard].slice(-MAX_UNHEARD)
    const state = { agent: this.#agent, runs, cut: this.#cut, told: this.#told, unheard }
    this.socket.setAttachment(state satisfies Attachment)
  }
}
