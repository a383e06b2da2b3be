// Workers of a case: real agents, each with a state folder of its own, enrolled by a one-time token and ended with the case.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { RunningHost } from '../../cli/embedded/host.ts'
import type { WorkerSetup } from './case-file.ts'

const AGENT = resolve(import.meta.dirname, '../../dist/agent/main.mjs')
const CONNECT_LIMIT_MS = 15_000
const POLL_MS = 30
const END_LIMIT_MS = 5_000

export interface Workers {
  /** Resolves when the worker is connected. */
  add(worker: WorkerSetup): Promise<void>
  /** Ends all of them and removes their folders. */
  close(): Promise<void>
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(done => child.once('exit', done))
  const hard = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS)
  child.kill('SIGTERM')
  await gone
  clearTimeout(hard)
}

async function connected(host: RunningHost, name: string, child: ChildProcess, words: () => string): Promise<void> {
  const deadline = performance.now() + CONNECT_LIMIT_MS
  for (;;) {
    const { workers } = await host.client.get<{ workers: { id: string; healthStatus: string }[] }>('/workers')
    if (workers.some(worker => worker.id === name && worker.healthStatus === 'healthy')) return
    if (child.exitCode !== null) throw new Error(`worker ${name} ended: ${words()}`)
    if (performance.now() > deadline) throw new Error(`worker ${name} did not connect: ${words()}`)
    await new Promise(done => setTimeout(done, POLL_MS))
  }
}

export function createWorkers(host: RunningHost): Workers {
  const children: ChildProcess[] = []
  const folders: string[] = []
  return {
    async add({ name, labels = {} }) {
      const { token } = await host.client.post<{ token: string }>('/runners/enrolments', {})
      const dir = mkdtempSync(join(tmpdir(), 'edgedag-worker-'))
      folders.push(dir)
      const pairs = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])
      const args = ['--url', host.url, '--state', dir, '--name', name, '--enrol', token, '--exit-with-stdin', ...pairs]
      const child = spawn(process.execPath, [AGENT, ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
      children.push(child)
      let words = ''
      child.stderr.on('data', (chunk: Buffer) => {
        words = `${words}${chunk}`.slice(-2000)
      })
      await connected(host, name, child, () => words)
    },
    async close() {
      await Promise.all(children.map(end))
      for (const dir of folders) rmSync(dir, { recursive: true, force: true })
    },
  }
}
