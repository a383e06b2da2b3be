// A connection to the server that another command has brought for itself. Promise: when that command ends, and its server with it,
// this one goes on with the next server of the same state, its own if need be.
import { type ApiClient, ApiError } from './client/api-client.ts'
import type { Connection } from './connection.ts'

const PATIENCE_MS = 30_000
const PAUSE_MS = 50

/** `find` looks for the server anew; it may answer one that is just ending. */
export function movingConnection(first: Connection, find: () => Promise<Connection>): Connection {
  let current = first
  const moved = async (): Promise<void> => {
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    current = await find()
  }
  /** A reading is repeated; of a change the asker must decide, because it may have been made. */
  const ask = async <T>(isReading: boolean, question: (client: ApiClient) => Promise<T>): Promise<T> => {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await question(current.client)
      } catch (error) {
        if (error instanceof ApiError || current.kind === 'embedded' || performance.now() > deadline) throw error
        await moved()
        if (!isReading) throw error
      }
    }
  }
  const client: ApiClient = {
    get url() {
      return current.client.url
    },
    get token() {
      return current.client.token
    },
    raw: (method, path, body) => ask(method === 'GET', c => c.raw(method, path, body)),
    get: path => ask(true, c => c.get(path)),
    post: (path, body) => ask(false, c => c.post(path, body)),
    put: (path, body) => ask(false, c => c.put(path, body)),
    patch: (path, body) => ask(false, c => c.patch(path, body)),
    delete: path => ask(false, c => c.delete(path)),
  }
  return { client, kind: first.kind, close: () => current.close() }
}
