// What the API needs from its host. Promise: nothing in worker/api reaches for a global but through this, so tests pass fakes.
import type { Blobs, Settings, Stub } from '../host/port.ts'
import type { Kinds } from '../objects/contracts.ts'
import type { AnyRouteSpec } from './route-spec.ts'

/** A service to which requests can be sent: an assets binding, the DAG folder of the embedded host. */
export interface Service {
  fetch(request: Request): Promise<Response>
}

export interface ApiDeps {
  object<K extends keyof Kinds>(kind: K, name: string): Stub<Kinds[K]>
  /** Hands a whole request (a WebSocket upgrade) to an object. */
  fetchObject(kind: keyof Kinds, name: string, request: Request): Promise<Response>
  blobs: Blobs
  settings: Settings
  /** Epoch ms. */
  now(): number
  /** Hex characters from the platform's random source. */
  randomHex(length: number): string
  /** Pause of a waiting request, in ms. */
  pause(ms: number): Promise<void>
  /** The installation's first key, from the host's environment. */
  bootstrapToken?: string
  /** Embedded only: the folder that is the source of DAGs. */
  dagFolder?: Service
  /** The dashboard's files. */
  assets?: Service
  /** Tests and development: sees each answer before it goes out, and may put another in its place. */
  checkAnswer?(spec: AnyRouteSpec, answer: Response): Promise<Response>
  /** Where failures go that are nobody's answer. */
  log?(message: string, error: unknown): void
}
