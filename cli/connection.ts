// The server that a command talks to.
import type { ApiClient } from './client/api-client.ts'

export interface Connection {
  client: ApiClient
  kind: 'remote' | 'attached' | 'embedded'
  /** Ends an embedded server; does nothing otherwise. */
  close(): Promise<void>
}
