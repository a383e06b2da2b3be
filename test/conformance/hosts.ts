// The control planes that cases run on: one for all plain cases, one of its own for a case that changes the host's environment,
// its base configuration or its queues.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningHost, startHost } from '../../cli/embedded/host.ts'
import type { ConformanceCase } from './case-file.ts'

export interface Hosts {
  /** Calls `use` with a host that fits the case. */
  with<T>(c: ConformanceCase, use: (host: RunningHost) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const needsOwnHost = (c: ConformanceCase): boolean =>
  c.start?.env !== undefined || c.base !== undefined || c.queue_config !== undefined

async function start(agentEnv?: Record<string, string>): Promise<{ host: RunningHost; end(): Promise<void> }> {
  const stateDir = mkdtempSync(join(tmpdir(), 'edgedag-conformance-state-'))
  const host = await startHost({ stateDir, port: 0, ...(agentEnv ? { agentEnv } : {}) })
  return {
    host,
    async end() {
      await host.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

export function createHosts(): Hosts {
  let shared: ReturnType<typeof start> | undefined
  return {
    async with(c, use) {
      if (!needsOwnHost(c)) {
        shared ??= start()
        return use((await shared).host)
      }
      const own = await start(c.start?.env)
      try {
        if (c.base !== undefined) await own.host.client.put('/settings/base-config', { spec: c.base })
        for (const [name, maxConcurrency] of Object.entries(c.queue_config ?? {})) {
          await own.host.client.put(`/queues/${name}`, { maxConcurrency })
        }
        return await use(own.host)
      } finally {
        await own.end()
      }
    },
    async close() {
      if (shared) await (await shared).end()
    },
  }
}
