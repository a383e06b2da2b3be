// What a bad machine does to the host itself: orphans on its files, deaths in the middle of a start, starters that race.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { homeIn, serve } from '../e2e/support/serve.ts'
import { kill } from '../fixtures/processes.ts'
import { collect, exitOf, isGone, type Product, removeAll, spawnStart, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'

let dir: string
let product: Product | undefined
beforeEach(() => {
  dir = newDir()
  writeDag(dir, 'quick', 'steps:\n  - name: a\n    command: echo hi\n')
})
afterEach(async () => {
  await product?.stop()
  product = undefined
  removeAll(dir)
})

/** The pid of a process that is there and is not that one. */
const other = (pid: number, than: number): number | undefined => (pid === 0 || pid === than ? undefined : pid)

async function expectWork({ client }: Product): Promise<void> {
  const runId = await startDag(client, 'quick')
  expect((await settled(client, 'quick', runId)).statusLabel).toBe('succeeded')
}

test('a control plane that was started again, and whose host was killed then, is ended by the next start on its port', async () => {
  const tmp = join(dir, 'tmp')
  mkdirSync(tmp)
  const env = { TMPDIR: tmp }
  const first = await serve({ dir, env })
  const port = Number(new URL(first.url).port)
  const dead = first.workerdPid()
  kill(dead, 'SIGKILL')
  const orphan = await until('its successor', () => other(first.workerdPid(), dead))
  await until('its answer', async () => await first.client.get('/health'))
  kill(first.host.pid ?? 0, 'SIGKILL')
  await exitOf(first.host)
  expect(isGone(orphan)).toBe(false)
  product = await serve({ dir, port, env })
  expect(isGone(orphan)).toBe(true)
  await expectWork(product)
  await product.stop()
  expect([...readdirSync(tmp), ...readdirSync(join(dir, 'state/tmp'))], 'nothing is left in temporary folders').toEqual(
    [],
  )
})

test('a control plane that dies before it is ready is brought back', async () => {
  const running = await serve({ dir })
  product = running
  const first = running.workerdPid()
  kill(first, 'SIGKILL')
  const second = await until('the next', () => other(running.workerdPid(), first), 20_000, 1)
  kill(second, 'SIGKILL')
  await until('its death', () => isGone(second))
  await until('an answer', async () => await running.client.get('/health'), 60_000, 100)
  await expectWork(running)
})

test('of several that start at once on what a killed host left, one serves and the others say who does', async () => {
  const first = await serve({ dir })
  const pids = first.pids()
  for (const pid of pids) kill(pid, 'SIGKILL')
  await exitOf(first.host)
  const args = ['--port', '0', '--state', join(dir, 'state'), '--dags', join(dir, 'dags')]
  const starters = [1, 2, 3].map(() => spawnStart(args, homeIn(dir)))
  const outputs = starters.map(collect)
  try {
    await until('two refusals', () => starters.filter(({ exitCode }) => exitCode !== null).length === 2, 60_000)
    const one = starters.findIndex(({ exitCode }) => exitCode === null)
    await until('the one that serves', () => outputs[one]!().includes('Dashboard'), 60_000)
    for (const [i, { exitCode }] of starters.entries()) {
      if (i !== one) expect([exitCode, outputs[i]!()]).toEqual([5, expect.stringContaining('is already running on')])
    }
  } finally {
    for (const starter of starters) kill(starter.pid ?? 0, 'SIGTERM')
    await Promise.all(starters.map(exitOf))
  }
})
