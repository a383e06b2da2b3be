// What must be refused: texts that are too large, too deep or not what they seem, wrong tokens, agents of another protocol.
// Promise of each: words with line, column and hint, nothing stored half, and the product goes on.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { MIN_PROTOCOL, PROTOCOL } from '../../core/protocol/frames.ts'
import { type Product, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const STEP = 'steps:\n  - name: a\n    command: echo a\n'
const GOOD = `${STEP}# good\n`
const deep = (open: string, close: string): string => `env: ${open.repeat(5_000)}${close.repeat(5_000)}\n${STEP}`
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
].join('\n')

interface Bad {
  what: string
  spec: string
  /** One of the problems: its words, line and column. */
  message: RegExp
  line: number
  column: number
  hint?: RegExp
}

const BAD: Bad[] = [
  {
    what: 'an unknown key',
    spec: 'steps:\n  - name: a\n    comand: x\n',
    message: /unknown key "comand"/,
    line: 3,
    column: 5,
    hint: /command/,
  },
  {
    what: 'a cycle',
    spec: 'type: graph\nsteps:\n  - name: a\n    command: x\n    depends: b\n  - name: b\n    command: x\n    depends: a\n',
    message: /cycle/,
    line: 3,
    column: 5,
  },
  {
    what: 'a dependency on nothing',
    spec: 'type: graph\nsteps:\n  - name: a\n    command: x\n    depends: zz\n',
    message: /zz/,
    line: 5,
    column: 14,
  },
  { what: 'deep nesting in flow style', spec: deep('[', ']'), message: /nest|deep/, line: 1, column: 70 },
  { what: 'deep nesting in maps', spec: deep('{a: ', '}'), message: /nest|deep/, line: 1, column: 262 },
  { what: 'an alias bomb', spec: `${bomb}\n${STEP}`, message: /alias/, line: 6, column: 7 },
  { what: 'a __proto__ key', spec: `__proto__:\n  polluted: true\n${STEP}`, message: /__proto__/, line: 1, column: 1 },
  {
    what: 'a __proto__ key in a map of values',
    spec: `env:\n  - __proto__: x\n${STEP}`,
    message: /__proto__/,
    line: 2,
    column: 5,
  },
  {
    what: 'a duplicate key',
    spec: `name: a\nname: b\n${STEP}`,
    message: /unique|twice|duplicate/i,
    line: 2,
    column: 1,
  },
  { what: 'broken YAML', spec: 'steps:\n  - name: "a\n', message: /quote/, line: 3, column: 1 },
  { what: 'a list for a DAG', spec: '- 1\n- 2\n', message: /map/, line: 1, column: 1 },
  {
    what: 'a tag that asks for code',
    spec: `env: !!js/function "x"
${STEP}`,
    message: /env must be key=value/,
    line: 1,
    column: 20,
  },
]

let product: Product
let api: Call
beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  writeDag(product.dir, 'kept', GOOD)
  await until('the good DAG', async () => (await api('GET', '/dags/kept')).status === 200)
}, 120_000)
afterAll(() => product?.end())

const names = async () => (await api('GET', '/dags')).json.dags.map((d: { fileName: string }) => d.fileName)

describe('a bad text', () => {
  test.each(BAD)(
    '$what is refused with its place, and nothing is stored',
    async ({ spec, message, line, column, hint }) => {
      const { status, json } = await api('POST', '/dags/validate', { spec })
      expect([status, json.valid]).toEqual([200, false])
      const problem = json.problems.find((p: { message: string }) => message.test(p.message)) ?? json.problems[0]
      expect(problem.message).toMatch(message)
      expect([problem.line, problem.column]).toEqual([line, column])
      if (hint) expect(problem.hint).toMatch(hint)

      const created = await api('POST', '/dags', { name: 'bad', spec })
      expect([created.status, created.json.code]).toEqual([400, 'invalid_spec'])
      expect((await api('PUT', '/dags/kept/spec', { spec })).json.errors.length).toBeGreaterThan(0)
      const run = await api('POST', '/dag-runs', { name: 'bad', spec })
      expect(run.status).toBe(400)

      expect(await names()).toEqual(['kept'])
      expect((await api('GET', '/dags/kept/spec')).json.spec).toBe(GOOD)
      expect(readdirSync(product.dagsDir)).toEqual(['kept.yaml'])
      expect((await api('GET', '/dag-runs')).json.dagRuns).toEqual([])
    },
  )

  test('a text above 1 MB is refused unread, by every way in', async () => {
    const spec = `${STEP}${`# ${'x'.repeat(98)}\n`.repeat(11_000)}`
    for (const [method, path, body] of [
      ['POST', '/dags/validate', { spec }],
      ['POST', '/dags', { name: 'huge', spec }],
      ['PUT', '/dags/kept/spec', { spec }],
      ['POST', '/dag-runs', { name: 'huge', spec }],
    ] as [string, string, object][]) {
      const answer = await api(method, path, body)
      expect([path, answer.status, answer.json.code]).toEqual([path, 413, 'too_large'])
    }
    const body = JSON.stringify({ name: 'huge', spec: 'x'.repeat(3_000_000) })
    expect((await api('POST', '/dags', body)).status).toBe(413)
    expect(existsSync(join(product.dagsDir, 'huge.yaml'))).toBe(false)
    expect(await names()).toEqual(['kept'])
  })

  test('a file above 1 MB in the folder is listed or left out, and the others go on', async () => {
    writeDag(product.dir, 'huge', `${STEP}${`# ${'x'.repeat(98)}\n`.repeat(11_000)}`)
    writeDag(product.dir, 'after', STEP)
    await until('the file after it', async () => (await names()).includes('after'))
    expect((await api('POST', '/dags/huge/start', {})).status).toBeGreaterThanOrEqual(400)
    expect((await api('POST', '/dags/after/start-sync', {})).json.dagRun.statusLabel).toBe('succeeded')
  })

  test('nothing of it has reached the prototypes of the server', async () => {
    const { json } = await api('GET', '/dags/kept')
    expect(json.polluted).toBeUndefined()
    expect(json.dag.polluted).toBeUndefined()
  })

  test.each(['../kept', '..', '%2e%2e%2fkept', 'a%00b', 'x'.repeat(200)])('the name %s reaches no file', async name => {
    const created = await api('POST', '/dags', { name: decodeURIComponent(name), spec: STEP })
    expect(created.status).toBe(400)
    const path = await fetch(`${product.url}/api/v1/dags/${encodeURIComponent(name)}/spec`, {
      headers: { authorization: `Bearer ${product.token}` },
    })
    expect([400, 404]).toContain(path.status)
  })
})

describe('a wrong token', () => {
  test.each([
    ['no token', undefined],
    ['a wrong one', 'wrong-token-of-16-chars'],
    ['an empty one', ''],
    ['a very long one', 'x'.repeat(8_000)],
  ])('%s gets 401 and no word more, whatever is there or not', async (_, token) => {
    const stranger = caller(product.url, token)
    for (const [method, path] of [
      ['GET', '/dags'],
      ['GET', '/dags/nothing'],
      ['POST', '/dags/kept/start'],
      ['GET', '/workers'],
      ['GET', '/openapi.json'],
      ['GET', '/live?topic=dags'],
      ['GET', '/runner/connect'],
    ] as [string, string][]) {
      const answer = await stranger(method, path)
      expect([path, answer.status, answer.text]).toEqual([path, 401, ''])
    }
    for (const path of ['/auth/session', '/runners/enrol']) {
      const { status } = await stranger('POST', path, { token: token ?? '', name: 'x' })
      expect(status).toBe((token ?? '').length > 1_024 ? 400 : 401)
    }
  })

  test('a token in the address or by Basic is none', async () => {
    expect((await caller(product.url, undefined)('GET', `/dags?token=${product.token}`)).status).toBe(401)
    const basic = `Basic ${Buffer.from(`admin:${product.token}`).toString('base64')}`
    expect((await caller(product.url, undefined)('GET', '/dags', undefined, { authorization: basic })).status).toBe(401)
  })

  test('an enrolment token is good once', async () => {
    const { json } = await api('POST', '/runners/enrolments', {})
    const enrol = (name: string) =>
      caller(product.url, undefined)('POST', '/runners/enrol', { token: json.token, name })
    expect((await enrol('second')).status).toBe(201)
    expect(await enrol('third')).toMatchObject({ status: 401, text: '' })
  })
})

describe('an agent of another protocol version', () => {
  const hello = (protocol: number) => ({
    type: 'hello',
    protocol,
    version: '9.9.9',
    bootId: 'boot',
    host: { hostname: 'elsewhere', os: 'linux', arch: 'x64' },
    labels: {},
    capacity: 1,
    now: Date.now(),
    runs: [],
  })

  test.each([PROTOCOL + 1, MIN_PROTOCOL - 1])(
    'protocol %d is refused with both versions named, and the connection ends',
    async protocol => {
      const { token } = (await api('POST', '/runners/enrolments', {})).json
      const { credential } = (await api('POST', '/runners/enrol', { token, name: `p${protocol}` })).json
      const socket = new WebSocket(`${product.url.replace('http', 'ws')}/api/v1/runner/connect`, {
        headers: { authorization: `Bearer ${credential}` },
      })
      const frames: unknown[] = []
      socket.on('message', data => frames.push(JSON.parse(String(data))))
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      socket.send(JSON.stringify(hello(protocol)))
      await new Promise(resolve => socket.once('close', resolve))
      expect(frames).toEqual([
        {
          type: 'refused',
          code: 'protocol_mismatch',
          agent: `${protocol} (9.9.9)`,
          server: expect.stringMatching(new RegExp(`^${PROTOCOL} \\(\\d+\\.\\d+\\.\\d+\\)$`)),
          message: expect.stringMatching(new RegExp(`protocol ${protocol}.*${MIN_PROTOCOL} to ${PROTOCOL}`)),
        },
      ])
      const { workers } = (await api('GET', '/workers')).json
      expect(workers.find((w: { id: string }) => w.id === `p${protocol}`)?.healthStatus).toBe('unhealthy')
    },
  )

  test('frames that are none are passed over: a hello behind them is welcome, and others notice nothing', async () => {
    const { token } = (await api('POST', '/runners/enrolments', {})).json
    const { credential } = (await api('POST', '/runners/enrol', { token, name: 'noise' })).json
    const socket = new WebSocket(`${product.url.replace('http', 'ws')}/api/v1/runner/connect`, {
      headers: { authorization: `Bearer ${credential}` },
    })
    const answer = new Promise(resolve => socket.once('message', data => resolve(JSON.parse(String(data)))))
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const noRuns = JSON.stringify({ ...hello(PROTOCOL), runs: 7 })
    for (const noise of ['{', '[]', 'null', '{"type":"hello"}', 'x'.repeat(100_000), noRuns]) socket.send(noise)
    socket.send(JSON.stringify(hello(PROTOCOL)))
    expect(await answer).toMatchObject({ type: 'welcome', protocol: PROTOCOL })
    socket.close()
    expect((await api('POST', '/dags/kept/start-sync', {})).json.dagRun.statusLabel).toBe('succeeded')
  })
})
