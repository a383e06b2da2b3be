// `start FILE` that is killed with everything around it, and `start` beside a server that is only just starting.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiClient } from '../../cli/client/api-client.ts'
import { findHost } from '../../cli/embedded/state-lock.ts'
import { descendantsOf, kill, processesNaming, statOf } from '../fixtures/processes.ts'
import { isGone, removeAll } from '../fixtures/product.ts'
import { getRun, logText, settled } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { edgedag, type Running, spawnCli } from './support/cli.ts'
import { newDir } from './support/mark.ts'

const LONG = `steps:
  - name: work
    command: |
      echo $$ >> DIR/pids
      echo begin
      until test -e DIR/go; do sleep 0.05; done
      echo end
      exit 7
  - name: never
    command: echo never
`
const HOLD = `steps:
  - name: hold
    command: 'until test -e DIR/release; do sleep 0.05; done'
`

let dir: string
beforeAll(() => {
  dir = newDir()
  writeFileSync(join(dir, 'long.yaml'), LONG.replaceAll('DIR', dir))
  writeFileSync(join(dir, 'hold.yaml'), HOLD.replaceAll('DIR', dir))
  writeFileSync(join(dir, 'quick.yaml'), 'steps:\n  - command: "true"\n')
})
afterAll(() => removeAll(dir))

const home = () => join(dir, 'home')
const where = () => ({ cwd: dir, env: { EDGEDAG_HOME: home() } })

/** A client of the server that one command has brought. */
async function clientOfHost() {
  const url = await until('the server of the command', () => findHost(join(home(), 'host.json'))?.url, 30_000)
  return createApiClient(url, readFileSync(join(home(), 'token'), 'utf8').trim())
}

/** A server that has the lock and does not serve yet; where this process was too late to see that, another one. */
async function startingServer(): Promise<Running> {
  for (;;) {
    const server = spawnCli(['server', '--port', '0'], where())
    await until('the lock', () => existsSync(join(home(), 'host.json')), 30_000, 1)
    const host = findHost(join(home(), 'host.json'))
    if (host !== undefined && host.url === undefined) return server
    server.child.kill('SIGTERM')
    await server.ended
  }
}

describe('start FILE', () => {
  test('killed with server and agent in one instant, its step is taken up by the next start with its pid and its real end', async () => {
    const first = spawnCli(['start', 'long.yaml', '-r', 'crashed'], where())
    await until('the running step', () => existsSync(join(dir, 'pids')), 30_000)
    await until('its display', () => first.stdout().includes('step work running'))
    const stepPid = Number(readFileSync(join(dir, 'pids'), 'utf8'))
    const step = statOf(stepPid)
    const all = descendantsOf(first.child.pid ?? 0).filter(p => ['workerd', 'node', 'MainThread'].includes(p.command))
    expect(all.length).toBeGreaterThanOrEqual(2)
    for (const pid of [first.child.pid ?? 0, ...all.map(p => p.pid)]) kill(pid, 'SIGKILL')
    await first.ended
    await until('their end', () => all.every(p => isGone(p.pid)))
    expect(statOf(stepPid)?.startTime).toBe(step?.startTime)

    const second = spawnCli(['start', 'hold.yaml'], where())
    const client = await clientOfHost()
    await until('the runner', async () => second.stdout().includes('step hold running'), 30_000)
    expect((await getRun(client, 'long', 'crashed')).statusLabel).toBe('running')
    expect(statOf(stepPid)?.startTime).toBe(step?.startTime)
    writeFileSync(join(dir, 'go'), '')
    const run = await settled(client, 'long', 'crashed')
    expect(run.statusLabel).toBe('failed')
    expect(run.nodes).toMatchObject([{ statusLabel: 'failed', exitCode: 7 }, { statusLabel: 'aborted' }])
    expect(await logText(client, run, 'work')).toBe('begin\nend\n')
    expect(readFileSync(join(dir, 'pids'), 'utf8')).toBe(`${stepPid}\n`)
    writeFileSync(join(dir, 'release'), '')
    expect((await second.ended).code).toBe(0)
    expect(processesNaming(dir)).toEqual([])
  })

  test('beside a server that is only just starting it waits for that one and uses it', async () => {
    const server = await startingServer()
    try {
      const ran = await edgedag(['start', 'quick.yaml', '-r', 'attached'], where())
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      expect(findHost(join(home(), 'host.json'))?.owner.pid).toBe(server.child.pid)
      expect(server.child.exitCode).toBeNull()
      expect((await getRun(await clientOfHost(), 'quick', 'attached')).statusLabel).toBe('succeeded')
    } finally {
      server.child.kill('SIGTERM')
      expect((await server.ended).code).toBe(0)
    }
    expect(existsSync(join(home(), 'host.json'))).toBe(false)
    expect(processesNaming(dir)).toEqual([])
  })
})
