// The port that objects are written against. The same object classes run in workerd (worker/host/workerd.ts) and in the
// simulator (test/simulator), which models gates, commits, eviction and loss behind the very same interface.

export type SqlValue = string | number | null | ArrayBuffer
export type SqlRow = Record<string, SqlValue>

/** Synchronous SQLite. All statements between two awaits commit together, and nothing leaves the object before they are durable. */
export interface Sql {
  /** At most 100 bound values; no value over 2 MB. */
  exec<T extends SqlRow = SqlRow>(query: string, ...values: SqlValue[]): T[]
}

/** The one alarm of an object, in epoch ms. A fired alarm is used up. */
export interface AlarmPort {
  get(): Promise<number | null>
  set(at: number): void
}

/** A server-side WebSocket that survives hibernation. */
export interface Socket {
  readonly id: string
  readonly tags: string[]
  send(text: string): void
  close(code: number, reason: string): void
  /** Small JSON value kept across hibernation (at most 16 KB), lost when the socket closes. */
  getAttachment(): unknown
  setAttachment(value: unknown): void
  /** When the platform last answered a ping on it; null: never. */
  lastPingAt(): number | null
}

export interface Sockets {
  all(tag?: string): Socket[]
  /** Upgrades the request; the answer is the HTTP 101 to give back. */
  accept(tags: string[], attachment: unknown): Response
}

/** Blob storage. `put` creates and never overwrites: false means that the key was there already. */
export interface Blobs {
  put(key: string, body: ArrayBuffer | Uint8Array | ReadableStream | string): Promise<boolean>
  get(key: string, range?: { offset: number; length: number }): Promise<ArrayBuffer | null>
  delete(keys: string[]): Promise<void>
  /** Keys that begin with `prefix`, in order, from behind `after` on; at most 1,000. */
  list(prefix: string, after?: string): Promise<string[]>
}

/** Another object's public methods. A rejected call may or may not have been carried out. */
export type Stub<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

/** What an object class has to offer for an RPC interface: each method may be synchronous or not. */
export type Serves<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never
}

export interface ObjectHost<Kinds> {
  /** The object's own name. */
  readonly name: string
  readonly sql: Sql
  readonly alarm: AlarmPort
  readonly sockets: Sockets
  readonly blobs: Blobs
  object<K extends keyof Kinds>(kind: K, name: string): Stub<Kinds[K]>
  /** Work that goes on after the answer; its failure is logged, never lost silently. */
  background(work: Promise<unknown>): void
  /** Resolves once everything written so far is durable. */
  durable(): Promise<void>
  now(): number
  /** Hex characters from the platform's random source. */
  randomHex(length: number): string
  /** Monotonic pause; only for coalescing within an active event, at most 250 ms. */
  pause(ms: number): Promise<void>
  /** Does work that many objects begin at one moment, after that of others who came before; at most two seconds later. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Resolves once no such work waits; at most so much later (two seconds). */
  afterTurns(longestMs?: number): Promise<void>
  /** A request to somewhere outside; only for addresses that people have set. */
  fetch(url: string, init: RequestInit): Promise<Response>
  readonly settings: Settings
}

export type ExecutionMode = 'local' | 'distributed'

/** What differs between installations. */
export interface Settings {
  /** Number of Run objects in the pool; 0: one object per run. */
  runPool: number
  /** When this control plane came up, epoch ms; 0 where it is always there. */
  bootedAt: number
  /** A Dag wakes up to this long before it is due, so that many that are due together do not wake together; 0: at its time. */
  earlyWakeMs: number
  timezone: string
  /** Where runs go whose DAG says nothing: the main instance, or workers only (`default_execution_mode`). */
  executionMode: ExecutionMode
  /** Secret that signs log uploads and sessions. */
  signingKey: string
  /** Keys that values in the Vault are encrypted with, the current one first (worker/vault/keyring.ts); empty: none. */
  vaultKeys: string
  version: string
}

/** What every object class offers to its host. */
export interface ManagedObject {
  /** Runs once after construction; nothing is delivered to the object before it has ended. */
  init?(): Promise<void>
  alarm(): Promise<void>
  fetch?(request: Request): Promise<Response>
  message?(socket: Socket, text: string): Promise<void>
  closed?(socket: Socket): Promise<void>
}
