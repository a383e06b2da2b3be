// `npm start` as a new user meets it, from an empty state folder on.
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiClient } from '../../cli/client/api-client.ts'
import { descendantsOf, listens } from '../fixtures/processes.ts'
import { collect, exitOf, isGone, removeAll, spawnStart } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { newDir } from './support/mark.ts'
import { homeIn } from './support/serve.ts'

const TOKEN = 'a-key-of-the-user-0001'

function start(dir: string, args: string[] = [], env: Record<string, string> = {}) {
  const child = spawnStart(['--port', '0', '--state', join(dir, 'state'), ...args], { ...homeIn(dir), ...env })
  return { child, output: collect(child), ended: exitOf(child) }
}

type Started = ReturnType<typeof start>

const linkIn = (text: string) => /Dashboard {2}(http:\/\/[^/]+)\/#token=(\S+)/.exec(text)

async function ready(started: Started): Promise<{ url: string; token: string }> {
  const link = await until(
    'the printed link',
    () => {
      if (started.child.exitCode !== null) throw new Error(started.output())
      return linkIn(started.output()) ?? undefined
    },
    90_000,
  )
  return { url: link[1] ?? '', token: decodeURIComponent(link[2] ?? '') }
}

async function stop(started: Started): Promise<number | null> {
  started.child.kill('SIGTERM')
  return started.ended
}

describe('npm start', () => {
  let dir: string
  let first: Started
  let url: string
  let token: string

  beforeAll(async () => {
    dir = newDir()
    first = start(dir)
    const link = await ready(first)
    url = link.url
    token = link.token
  }, 120_000)
  afterAll(async () => {
    first.child.kill('SIGKILL')
    removeAll(dir)
  })

  test('on an empty state folder hello runs green, step by step, and a link to the dashboard is printed', async () => {
    const output = first.output()
    for (const step of ['greet', 'count', 'report']) expect(output).toMatch(new RegExp(`step ${step} succeeded`))
    expect(output).toMatch(/run hello \S+ succeeded/)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('health answers 200 to anybody, everything else asks for the token', async () => {
    const health = await fetch(`${url}/api/v1/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'healthy' })
    expect((await fetch(`${url}/api/v1/dags`)).status).toBe(401)
    const { dags } = await createApiClient(url, token).get<{ dags: { fileName: string }[] }>('/dags')
    expect(dags.map(d => d.fileName)).toContain('hello')
  })

  test('the key is kept in a file that only its owner can read', () => {
    expect(statSync(join(dir, 'state/token')).mode & 0o777).toBe(0o600)
  })

  test('a second start on the same state is refused in words with exit code 5, and harms nothing', async () => {
    const second = start(dir)
    expect(await second.ended).toBe(5)
    expect(second.output()).toContain(`already running on ${join(dir, 'state')} (pid ${first.child.pid}): ${url}`)
    expect(second.output()).toContain('--state DIR')
    expect((await fetch(`${url}/api/v1/health`)).status).toBe(200)
    expect(first.child.exitCode).toBeNull()
    expect(existsSync(join(dir, 'state/host.json'))).toBe(true)
  })

  test('SIGTERM ends it with exit code 0 and leaves no process, port or lock', async () => {
    const pids = [first.child.pid ?? 0, ...descendantsOf(first.child.pid ?? 0).map(p => p.pid)]
    expect(pids.length).toBeGreaterThan(2)
    expect(await stop(first)).toBe(0)
    await until('the end of all processes', () => pids.every(isGone))
    expect(await listens(Number(new URL(url).port))).toBe(false)
    expect(existsSync(join(dir, 'state/host.json'))).toBe(false)
  })

  test('a restart keeps the history and the key', async () => {
    const again = start(dir, ['--no-demo'])
    try {
      const link = await ready(again)
      expect(link.token).toBe(token)
      expect(again.output()).not.toContain('run hello')
      const { dagRuns } = await createApiClient(link.url, token).get<{
        dagRuns: { name: string; statusLabel: string }[]
      }>('/dag-runs')
      expect(dagRuns).toMatchObject([{ name: 'hello', statusLabel: 'succeeded' }])
    } finally {
      await stop(again)
    }
  })
})

describe('npm start with what does not fit', () => {
  let dir: string
  beforeAll(() => {
    dir = newDir()
  })
  afterAll(() => removeAll(dir))

  const refused = async (args: string[], env?: Record<string, string>) => {
    const started = start(dir, args, env)
    const code = await started.ended
    expect(existsSync(join(dir, 'state/host.json')), 'no lock is left').toBe(false)
    return { code, output: started.output() }
  }

  test('a port that another program has is named, with exit code 5', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { code, output } = await refused(['--port', String(port)])
    other.close()
    expect(output).toContain(`port ${port} is in use by another program`)
    expect(output).toContain('--port N')
    expect(code).toBe(5)
  })

  test.each([
    ['an unknown option', ['--prot', '1'], {}, /Unknown option '--prot'[\s\S]*use: npm start --/, 2],
    ['a port that is none', ['--port', '99999'], {}, /--port 99999 is not a port number/, 2],
    ['a DAG folder that is not there', ['--dags', '/nonexistent/dags'], {}, /folder \/nonexistent\/dags does not/, 2],
    ['a key that is too short', [], { EDGEDAG_TOKEN: 'short' }, /EDGEDAG_TOKEN has 5 characters.*16 or more/, 1],
  ] as [string, string[], Record<string, string>, RegExp, number][])(
    '%s is refused in words',
    async (_, args, env, words, exit) => {
      const { code, output } = await refused(args, env)
      expect(output).toMatch(words)
      expect(output).not.toMatch(/\n {4}at /)
      expect(code).toBe(exit)
    },
  )

  test('EDGEDAG_TOKEN is the key where it is set', async () => {
    writeFileSync(join(dir, 'dags/one.yaml'), 'steps:\n  - command: "true"\n')
    const own = join(dir, 'own-key')
    const started = start(own, ['--dags', join(dir, 'dags')], { EDGEDAG_TOKEN: TOKEN })
    try {
      const { url, token } = await ready(started)
      expect(token).toBe(TOKEN)
      expect((await createApiClient(url, TOKEN).get<{ dags: unknown[] }>('/dags')).dags).toHaveLength(1)
      expect(existsSync(join(own, 'state/token'))).toBe(false)
    } finally {
      await stop(started)
    }
  })
})
