// The command line on runs that are to go once more: edited, restarted, made of a former one, and runs below others.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { edgedag, type Ran } from './support/cli.ts'
import { serve } from './support/serve.ts'

const DAGS = {
  flow: `
type: chain
params: X=1
steps:
  - { name: one, command: 'echo "one $X"' }
  - { name: two, command: exit 3 }
  - { name: three, command: echo three }
`,
  calls: `
steps:
  - { name: go, call: kid, parallel: [a, b] }
---
name: kid
steps:
  - { name: work, command: 'test -e __DIR__/fine' }
`,
  naps: `
restart_wait_sec: 1
params: X=1
steps:
  - { name: nap, command: 'test "$X" = quick || sleep 60' }
`,
}

let product: Product
let files: string
beforeAll(async () => {
  product = await serve()
  files = join(product.dir, 'files')
  mkdirSync(files)
  for (const [name, text] of Object.entries(DAGS)) writeDag(product.dir, name, text.replaceAll('__DIR__', product.dir))
  await until('all DAGs', async () => {
    const { dags } = await product.client.get<{ dags: unknown[] }>('/dags')
    return dags.length === Object.keys(DAGS).length
  })
}, 120_000)
afterAll(() => product?.end())

const run = (...args: string[]): Promise<Ran> => edgedag(args, { cwd: files, env: { EDGEDAG_HOME: product.stateDir } })
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
const json = async (command: string, ...args: string[]): Promise<any> =>
  JSON.parse((await run(command, '--json', ...args)).stdout)
const ended = (name: string, id: string, attempt = 1, ...more: string[]) =>
  until(`the end of ${id}`, async () => {
    const status = await json('status', name, '-r', id, ...more)
    return status.attempt >= attempt && ['succeeded', 'failed', 'aborted'].includes(status.statusLabel) && status
  })

describe('retry --edit', () => {
  test('shows what would run, then makes a new run that takes over what is still right', async () => {
    await run('start', 'flow', '--run-id', 'f1', '--', 'X=7')
    writeFileSync(join(files, 'mended.yaml'), DAGS.flow.replace('exit 3', 'echo mended'))
    const shown = await run('retry', 'flow', '-r', 'f1', '--edit', 'mended.yaml', '--preview')
    expect(shown.stdout).toMatch(/skip one\n\s+run\s+two .*failed.*\n\s+run\s+three/)
    expect((await json('history', 'flow')).length).toBe(1)
    const made = await json('retry', 'flow', '-r', 'f1', '--edit', 'mended.yaml', '--new-run-id', 'f2')
    expect(made).toMatchObject({ dagRunId: 'f2', skippedSteps: ['one'], startedSteps: ['two', 'three'] })
    expect(await ended('flow', 'f2')).toMatchObject({ statusLabel: 'succeeded', name: 'flow', params: 'X=7' })
  })

  test.each([
    [['--edit', 'mended.yaml', '--skip', 'three'], 2, 'step three cannot be skipped'],
    [['--edit', 'broken.yaml'], 1, 'broken.yaml: '],
    [['--edit', 'nowhere.yaml'], 4, 'cannot read nowhere.yaml'],
    [['--edit', 'mended.yaml', '--step', 'one'], 2, '--edit goes without --step'],
    [['--preview'], 2, '--preview goes with --edit FILE'],
  ])('%j fails and says why', async (words, exitCode, message) => {
    writeFileSync(join(files, 'broken.yaml'), 'steps:\n  - { name: a, command: x, nonsense: 1 }\n')
    const ran = await run('retry', 'flow', '-r', 'f1', ...words)
    expect([ran.code, ran.stderr]).toEqual([exitCode, expect.stringContaining(message)])
  })
})

test('a called run is looked at, marked and retried by its own id', async () => {
  await run('start', 'calls', '--run-id', 'c1')
  const [a, b] = (await json('status', 'calls', '-r', 'c1')).nodes[0].subRuns.map(
    (sub: { dagRunId: string }) => sub.dagRunId,
  )
  expect(await json('status', 'calls', '-r', 'c1', '-s', a)).toMatchObject({ name: 'kid', statusLabel: 'failed' })
  expect((await run('mark', 'calls', 'work', 'succeeded', '-r', 'c1', '-s', a)).code).toBe(0)
  expect((await run('mark', 'calls', 'work', 'odd')).stderr).toContain('use succeeded or failed')
  writeFileSync(join(product.dir, 'fine'), '')
  expect((await run('retry', 'calls', '-r', 'c1', '-s', b)).stdout).toContain(`retrying ${b} below calls c1`)
  expect((await ended('calls', 'c1', 2)).statusLabel).toBe('succeeded')
  expect((await json('status', 'calls', '-r', 'c1', '-s', b)).attempt).toBe(2)
  expect((await json('status', 'calls', '-r', 'c1', '-s', a)).attempt).toBe(1)
  expect((await run('status', 'calls', '-s', 'nobody')).code).toBe(4)
})

test('restart ends what runs, waits, and runs it again with its parameters; so does start --from-run-id', async () => {
  await run('enqueue', 'naps', '--run-id', 'n1', '--', 'X=long')
  await until('the nap', async () => (await json('status', 'naps', '-r', 'n1')).statusLabel === 'running')
  const second = await run('start', 'naps', '--singleton')
  expect([second.code, second.stderr]).toEqual([5, expect.stringContaining('already running')])
  expect(await json('restart', 'naps', '--new-run-id', 'n2')).toEqual({
    name: 'naps',
    stopped: true,
    dagRunId: 'n2',
    queued: true,
  })
  expect((await json('status', 'naps', '-r', 'n1')).statusLabel).toBe('aborted')
  const next = await until('the restart', async () => {
    const status = await json('status', 'naps', '-r', 'n2')
    return status.statusLabel === 'running' && status
  })
  expect(next.params).toBe('X=long')
  await run('stop', 'naps', '-r', 'n2')
  await ended('naps', 'n2')
  await run('start', 'naps', '--run-id', 'n3', '--', 'X=quick')
  expect(await json('start', 'naps', '--from-run-id', 'n3', '-r', 'n4')).toMatchObject({
    dagRunId: 'n4',
    statusLabel: 'succeeded',
    params: 'X=quick',
  })
  expect((await run('start', 'naps', '--from-run-id', 'n3', '-p', 'X=1')).code).toBe(2)
}, 60_000)
