// The agent of this machine: enrolled once with a one-time token, run as a child that ends with the host.
// Its steps do not end with it: they go on, and the next agent on the same folder takes them up again.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { writeCredentials } from '@edgedag/runner-agent/state/credentials'
import type { ApiClient } from '../client/api-client.ts'
import { openLog } from './log-file.ts'

export interface LocalAgentOptions {
  root: string
  dir: string
  url: string
  client: ApiClient
  /** Added to the host's environment. */
  env?: Record<string, string>
  /** Folder of documents for its steps. */
  docsDir?: string
  /** Step processes at once. */
  capacity?: number
  /** An agent that ends unasked is started again, after this many milliseconds. */
  restartMs?: number
}

export interface LocalAgent {
  pid(): number | undefined
  /** Resolves when the process is gone. */
  stop(): Promise<void>
}

/** Makes this machine a runner called `local`, once; the credential is the agent's own from then on. */
export async function enrolLocalAgent(o: Pick<LocalAgentOptions, 'dir' | 'url' | 'client'>): Promise<void> {
  const file = join(o.dir, 'credentials.json')
  if (existsSync(file)) return
  mkdirSync(o.dir, { recursive: true, mode: 0o700 })
  // Its steps write into the folder of documents itself.
  const { token } = await o.client.post<Answers['POST /runners/enrolments']>('/runners/enrolments', {
    docs: { access: 'none' },
  })
  const answer = await o.client.post<Answers['POST /runners/enrol']>('/runners/enrol', {
    token,
    name: 'local',
  } satisfies Bodies['POST /runners/enrol'])
  writeCredentials(file, { url: o.url, runnerId: answer.runnerId, credential: answer.credential })
}

export function startLocalAgent(o: LocalAgentOptions): LocalAgent {
  mkdirSync(o.dir, { recursive: true, mode: 0o700 })
  const log = openLog(join(o.dir, 'agent.log'))
  let child: ChildProcess | undefined
  let stopping = false
  const main = join(o.root, 'dist/agent/main.mjs')
  const docs = o.docsDir === undefined ? [] : ['--docs-dir', o.docsDir, '--docs-shared']
  const capacity = o.capacity === undefined ? [] : ['--capacity', String(o.capacity)]
  const start = () => {
    child = spawn(
      process.execPath,
      [main, '--url', o.url, '--state', o.dir, '--name', 'local', '--exit-with-stdin', ...docs, ...capacity],
      // A session of its own: Ctrl-C in the terminal is for the host, which may want the agent to stop a run in order first.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...o.env } },
    )
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Uint8Array) => log.write(bytes))
    child.once('exit', () => {
      if (!stopping) setTimeout(() => !stopping && start(), o.restartMs ?? 500)
    })
  }
  start()
  return {
    pid: () => child?.pid,
    stop() {
      stopping = true
      const ending = child
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return Promise.resolve()
      return new Promise(resolve => {
        const hard = setTimeout(() => ending.kill('SIGKILL'), 5000)
        ending.once('exit', () => {
          clearTimeout(hard)
          resolve()
        })
        ending.kill('SIGTERM')
      })
    },
  }
}
