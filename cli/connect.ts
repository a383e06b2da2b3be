// Which server a command talks to: the one that EDGEDAG_URL names, else the one that runs on the state folder, else one that
// is started for this command only and leaves no process, port or lock behind.
import { existsSync, readFileSync } from 'node:fs'
import { createApiClient } from './client/api-client.ts'
import type { Connection } from './connection.ts'
import { HostInUse, startHost } from './embedded/host.ts'
import { readKey } from './embedded/keys.ts'
import { defaultStateDir, statePaths } from './embedded/paths.ts'
import { findHost } from './embedded/state-lock.ts'
import { CommandError, EXIT } from './errors.ts'
import { movingConnection } from './moving-connection.ts'

export interface ConnectOptions {
  stateDir?: string
  /** Where none runs: start an embedded one to run things (`run`) or only to look at what is kept (`read`), or say so (`no`). */
  embed: 'run' | 'read' | 'no'
}

const START_WAIT_MS = 30_000
const POLL_MS = 50

function remote(env: NodeJS.ProcessEnv): Connection | undefined {
  if (!env.EDGEDAG_URL) return undefined
  const token = env.EDGEDAG_TOKEN
  if (!token) {
    throw new CommandError(
      'EDGEDAG_URL is set but EDGEDAG_TOKEN is not',
      EXIT.auth,
      'set EDGEDAG_TOKEN to an API key of that server',
    )
  }
  return { client: createApiClient(env.EDGEDAG_URL.replace(/\/+$/, ''), token), kind: 'remote', close: async () => {} }
}

type Found = Connection & { mode?: 'serve' | 'once' }

/** Attaches to the living host of the state folder; waits while it is still starting. */
async function attach(stateDir: string, env: NodeJS.ProcessEnv): Promise<Found | undefined> {
  const paths = statePaths(stateDir)
  const deadline = performance.now() + START_WAIT_MS
  for (;;) {
    const host = findHost(paths.lock)
    if (!host) return undefined
    if (host.url) {
      const token = env.EDGEDAG_TOKEN || readKey(paths.token)
      if (!token)
        throw new CommandError(
          `no API key in ${paths.token}`,
          EXIT.auth,
          'set EDGEDAG_TOKEN to the key the server was started with',
        )
      return { client: createApiClient(host.url, token), kind: 'attached', mode: host.mode, close: async () => {} }
    }
    if (performance.now() > deadline) {
      throw new CommandError(
        `the server on ${stateDir} (pid ${host.owner.pid}) did not get ready in ${START_WAIT_MS / 1000} s`,
        EXIT.failed,
      )
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Finds or starts the server. Throws CommandError with exit code 4 where none runs and none may be started. */
export async function connect(o: ConnectOptions, env: NodeJS.ProcessEnv = process.env): Promise<Connection> {
  const found = await find(o, env)
  return found.mode === 'once' ? movingConnection(found, () => find(o, env)) : found
}

async function find(o: ConnectOptions, env: NodeJS.ProcessEnv): Promise<Found> {
  const stateDir = o.stateDir ?? defaultStateDir(env)
  for (;;) {
    const found = remote(env) ?? (await attach(stateDir, env))
    if (found) return found
    if (o.embed === 'no' || (o.embed === 'read' && !existsSync(statePaths(stateDir).data))) {
      throw new CommandError(
        'no Edgedag server is running here',
        EXIT.notFound,
        'start one with `npm start`, or set EDGEDAG_URL and EDGEDAG_TOKEN to use another',
      )
    }
    try {
      const host = await startHost({ stateDir, port: 0, mode: 'once', agent: o.embed === 'run' })
      return { client: host.client, kind: 'embedded', close: () => host.close() }
    } catch (error) {
      // Another one has just taken the folder: attach to it.
      if (!(error instanceof HostInUse)) throw error
    }
  }
}

/** Text of a DAG file, with a clear error where it cannot be read. */
export function readDagFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, EXIT.notFound)
  }
}
