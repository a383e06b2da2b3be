// The command line beside a server that runs: it finds it by the state folder, uses it, and leaves it running.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, writeDag } from '../fixtures/product.ts'
import { getRun, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { edgedag, type Ran, spawnCli } from './support/cli.ts'
import { serve } from './support/serve.ts'

const DAGS = {
  hello: 'params:\n  - WHO: world\nsteps:\n  - name: say\n    command: echo "hello $WHO"\n',
  ticks: `steps:
  - name: tick
    command: 'for i in $(seq 1 12); do echo "tick $i"; [ $i != 2 ] || until [ -e __GO__ ]; do sleep 0.05; done; done'
  - name: after
    command: echo the end
`,
  forever: `steps:
  - name: wait
    command: sleep 60
`,
  twice: `steps:
  - name: once
    command: 'echo run >> count; test "$(wc -l < count)" -ge 2 || { echo "not yet" >&2; exit 4; }'
  - name: then
    command: echo then
`,
}

let product: Product
let files: string
beforeAll(async () => {
  product = await serve()
  files = join(product.dir, 'files')
  mkdirSync(files)
  for (const [name, text] of Object.entries(DAGS)) {
    writeDag(
      product.dir,
      name,
      text.replaceAll('count', join(product.dir, 'count')).replace('__GO__', join(product.dir, 'go')),
    )
  }
  await until('all DAGs', async () => {
    const { dags } = await product.client.get<{ dags: unknown[] }>('/dags')
    return dags.length === Object.keys(DAGS).length
  })
}, 120_000)
afterAll(() => product?.end())

const env = () => ({ EDGEDAG_HOME: product.stateDir })
const run = (...args: string[]): Promise<Ran> => edgedag(args, { cwd: files, env: env() })
const json = async <T>(command: string, ...args: string[]): Promise<T> =>
  JSON.parse((await run(command, '--json', ...args)).stdout) as T

interface Details {
  dagRunId: string
  statusLabel: string
  params: string
  nodes: { step: { name: string }; statusLabel: string; attempt?: number }[]
}

describe('the command line beside a running server', () => {
  test('start NAME runs there; --json is one value that parses', async () => {
    const details = await json<Details>('start', 'hello', '--', 'WHO=two words')
    expect(details).toMatchObject({ statusLabel: 'succeeded', params: 'WHO=two words' })
    const run = await getRun(product.client, 'hello', details.dagRunId)
    expect(run.statusLabel).toBe('succeeded')
    expect(product.host.exitCode).toBeNull()
  })

  test('start FILE runs there too, in the folder of the file', async () => {
    writeFileSync(join(files, 'here.yaml'), 'working_dir: .\nsteps:\n  - name: look\n    command: cat here.yaml\n')
    const ran = await run('start', 'here.yaml')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect((await run('logs', 'here', '--step', 'look')).stdout).toContain('working_dir: .')
    expect(JSON.parse(readFileSync(join(product.stateDir, 'host.json'), 'utf8')).owner.pid).toBe(product.host.pid)
  })

  test('EDGEDAG_URL and EDGEDAG_TOKEN point it to a server, from any folder', async () => {
    const there = { EDGEDAG_HOME: join(product.dir, 'other'), EDGEDAG_URL: product.url, EDGEDAG_TOKEN: product.token }
    expect((await edgedag(['status', 'hello'], { env: there })).stdout).toMatch(/✓ hello .*succeeded/)
    const wrong = await edgedag(['status', 'hello'], { env: { ...there, EDGEDAG_TOKEN: 'not-the-right-token' } })
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('refused the token')])
  })

  test('logs -f prints lines while they are written and ends with the run', async () => {
    const runId = await startDag(product.client, 'ticks')
    const follow = spawnCli(['logs', 'ticks', '-r', runId, '-f'], { cwd: files, env: env() })
    await until('the first lines', () => follow.stdout().includes('tick 2\n'))
    expect((await getRun(product.client, 'ticks', runId)).statusLabel).toBe('running')
    writeFileSync(join(product.dir, 'go'), '')
    const { code, stdout } = await follow.ended
    const ticks = Array.from({ length: 12 }, (_, i) => `tick ${i + 1}\n`).join('')
    expect([code, stdout]).toEqual([0, `${ticks}the end\n`])
    expect((await getRun(product.client, 'ticks', runId)).statusLabel).toBe('succeeded')
  })

  test('stop ends the running run', async () => {
    const runId = await startDag(product.client, 'forever')
    await until(
      'the step',
      async () => (await getRun(product.client, 'forever', runId)).nodes[0]?.statusLabel === 'running',
    )
    const stopped = await run('stop', 'forever')
    expect([stopped.code, stopped.stdout]).toEqual([0, `stopping forever ${runId}\n`])
    expect((await settled(product.client, 'forever', runId)).statusLabel).toBe('aborted')
    expect(await run('stop', 'forever')).toMatchObject({ code: 2, stderr: expect.stringContaining('not running') })
  })

  test('retry runs again what did not succeed, under the same id', async () => {
    const first = await json<Details>('start', 'twice')
    expect(first.statusLabel).toBe('failed')
    expect((await run('retry', 'twice')).stdout).toBe(`retrying twice ${first.dagRunId}\n`)
    const again = await until('its success', async () => {
      const now = await json<Details>('status', 'twice')
      return now.statusLabel === 'succeeded' && now
    })
    expect(again.dagRunId).toBe(first.dagRunId)
    expect(again.nodes.map(n => n.statusLabel)).toEqual(['succeeded', 'succeeded'])
  })

  test('history filters by name and status', async () => {
    const failed = await json<{ name: string }[]>('history', '--status', 'aborted')
    expect(failed.map(r => r.name)).toEqual(['forever'])
    expect((await run('history', 'hello', '-l', '1')).stdout).toMatch(/^✓ succeeded .* hello \S+ WHO=two words\n$/)
    expect(await run('history', '--status', 'odd')).toMatchObject({ code: 2 })
  })

  test('enqueue answers at once, and the run follows by itself', async () => {
    const queued = await run('enqueue', 'hello', '-p', 'WHO=queue')
    const runId = /^hello (\S+) \w+/.exec(queued.stdout)?.[1] ?? ''
    expect(queued.code).toBe(0)
    expect(await settled(product.client, 'hello', runId)).toMatchObject({
      statusLabel: 'succeeded',
      params: 'WHO=queue',
    })
  })

  test.each([
    ['an unknown DAG', ['start', 'nothing'], 4, /nothing/],
    ['an unknown run', ['status', 'hello', '-r', 'none'], 4, /none/],
    ['an unknown parameter', ['start', 'hello', '--', 'NOPE=1'], 2, /NOPE.*WHO/],
    ['an unknown step', ['logs', 'hello', '--step', 'sya'], 2, /no step sya[\s\S]*steps: say/],
  ] as [string, string[], number, RegExp][])('%s is said in words', async (_, args, code, words) => {
    const ran = await run(...args)
    expect(ran.stderr).toMatch(words)
    expect(ran.code).toBe(code)
  })

  test('a run id that is used already is a conflict', async () => {
    expect((await run('start', 'hello', '-r', 'mine')).code).toBe(0)
    expect(await run('start', 'hello', '-r', 'mine')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('mine already exists'),
    })
  })

  test('push brings a folder in, whole or not at all', async () => {
    const folder = join(product.dir, 'pushed')
    mkdirSync(folder)
    writeFileSync(join(folder, 'pushed-one.yaml'), 'working_dir: .\nsteps:\n  - name: look\n    command: ls\n')
    writeFileSync(join(folder, 'pushed-two.yaml'), 'steps:\n  - name: a\n    comand: ls\n')
    const refused = await run('push', folder)
    expect(refused.stderr).toMatch(/pushed-two\.yaml:3:5[\s\S]*nothing was pushed/)
    expect(refused.code).toBe(1)
    expect((await run('start', 'pushed-one')).code).toBe(4)
    writeFileSync(join(folder, 'pushed-two.yaml'), 'steps:\n  - name: a\n    command: ls\n')
    expect(await run('push', folder)).toMatchObject({ code: 0, stdout: `pushed 2 DAGs from ${folder}\n` })
    expect((await run('start', 'pushed-one')).code).toBe(0)
    expect((await run('logs', 'pushed-one')).stdout).toBe('pushed-one.yaml\npushed-two.yaml\n')
  })
})
