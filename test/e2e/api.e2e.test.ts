// Runs over the REST API as clients of the reference program know it: paths, fields and codes as they were recorded there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Product } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { DAGS, RFC3339, writeDags } from './support/api-dags.ts'
import { type Answer, type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

let product: Product
let api: Call
beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  await writeDags(product, api)
}, 120_000)
afterAll(() => product?.end())

const details = async (name: string, id: string) => (await api('GET', `/dag-runs/${name}/${id}`)).json?.dagRunDetails
const ended = (name: string, id: string) =>
  until(`the end of ${id}`, async () => {
    const run = await details(name, id)
    return ![0, 1, 5].includes(run?.status ?? 0) && run
  })
const running = (name: string, id: string) =>
  until(`the step of ${id}`, async () => (await details(name, id))?.nodes[0]?.statusLabel === 'running')

describe('starting and reading runs', () => {
  test('start answers the id at once; details have the run as it went', async () => {
    const started = await api('POST', '/dags/hello/start', { dagRunId: 'r1', params: 'WHO=kim' })
    expect(started).toMatchObject({ status: 200, json: { dagRunId: 'r1' } })
    const run = await ended('hello', 'r1')
    expect(run).toMatchObject({
      name: 'hello',
      dagRunId: 'r1',
      rootDAGRunName: 'hello',
      rootDAGRunId: 'r1',
      sourceFileName: 'hello',
      specFromFile: true,
      status: 4,
      statusLabel: 'succeeded',
      triggerType: 'manual',
      params: 'WHO=kim',
      startedAt: expect.stringMatching(RFC3339),
      finishedAt: expect.stringMatching(RFC3339),
      autoRetryCount: 0,
      autoRetryLimit: null,
      artifactsAvailable: false,
      labels: ['team=core', 'nightly'],
      tags: ['team=core', 'nightly'],
      preconditions: [],
    })
    expect(run.nodes).toHaveLength(2)
    expect(run.nodes[0]).toMatchObject({
      step: { name: 'a', output: 'MSG' },
      status: 4,
      statusLabel: 'succeeded',
      startedAt: expect.stringMatching(RFC3339),
      finishedAt: expect.stringMatching(RFC3339),
      doneCount: 1,
      retryCount: 0,
      subRuns: [],
    })
    expect(run.nodes[0].stdout).toMatch(/\S/)
    expect(run.nodes[0].step.executorConfig).toBeUndefined()
  })

  test.each([
    ['the same id again', 'hello', { dagRunId: 'r1' }, 409, /dag-run ID r1 already exists/],
    ['a bad id', 'hello', { dagRunId: 'a b' }, 400, /dag-run ID must only contain alphanumeric/],
    ['an unknown DAG', 'nope', {}, 404, /DAG nope not found/],
    ['an unknown parameter', 'hello', { params: 'NOPE=1' }, 400, /unknown parameter.*"NOPE".*WHO/],
    ['params of a wrong kind', 'hello', { params: 7 }, 400, /params/],
  ] as [string, string, object, number, RegExp][])('%s is refused', async (_, name, body, status, words) => {
    const answer = await api('POST', `/dags/${name}/start`, body)
    expect(answer.json.message).toMatch(words)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ code: expect.any(String), status, title: expect.any(String) })
  })

  test.each([
    ['no body', undefined],
    ['an empty text', ''],
    ['an empty object', {}],
    ['params as an object', { params: { WHO: 'two words' } }],
    ['params as quoted text', { params: 'WHO="two words"' }],
  ])('start with %s works', async (_, body) => {
    const { status, json } = await api('POST', '/dags/hello/start', body)
    expect(status).toBe(200)
    const run = await ended('hello', json.dagRunId)
    expect(run.params).toBe(
      body !== undefined && body !== '' && 'params' in (body as object) ? 'WHO=two words' : 'WHO=world',
    )
  })

  test('a malformed body is a 400 that says so', async () => {
    const answer = await api('POST', '/dags/hello/start', '{"params":')
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining('not valid JSON') } })
  })

  test('`latest` works as id, an unknown run is a 404', async () => {
    expect((await api('GET', '/dag-runs/hello/latest')).json.dagRunDetails.status).toBe(4)
    const none = await api('GET', '/dag-runs/hello/none')
    expect(none).toMatchObject({ status: 404, json: { message: 'dag-run ID none not found for DAG hello' } })
  })

  test('start-sync answers the finished run', async () => {
    const { status, json } = await api('POST', '/dags/hello/start-sync', { timeout: 30 })
    expect([status, json.dagRun.statusLabel, json.dagRun.nodes.length]).toEqual([200, 'succeeded', 2])
  })

  test('runs of a text that comes along need a name', async () => {
    const nameless = await api('POST', '/dag-runs', { spec: DAGS.lines })
    expect(nameless).toMatchObject({ status: 400, json: { message: 'DAG name is required' } })
    const { json } = await api('POST', '/dag-runs', { spec: DAGS.lines, name: 'inline' })
    expect(await ended('inline', json.dagRunId)).toMatchObject({ statusLabel: 'succeeded', specFromFile: false })
    const bad = await api('POST', '/dag-runs', { spec: DAGS.broken, name: 'inline2' })
    expect([bad.status, bad.json.message]).toEqual([400, expect.stringMatching(/comand/)])
    expect((await api('GET', '/dags/inline')).status).toBe(404)
  })

  test('lists are newest first, in pages by cursor, by status, date and name', async () => {
    // The list of all runs is told of changes in batches of a fifth of a second.
    await until(
      'the last run in the list',
      async () => (await api('GET', '/dag-runs/inline')).json.dagRuns[0]?.status === 4,
    )
    const all = (await api('GET', '/dag-runs')).json.dagRuns as { dagRunId: string; nodes?: unknown }[]
    expect(all.length).toBeGreaterThan(6)
    expect(all[0]?.nodes).toBeUndefined()
    const ids: string[] = []
    for (let cursor = ''; ; ) {
      const page = (await api('GET', `/dag-runs?limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json
      ids.push(...page.dagRuns.map((r: { dagRunId: string }) => r.dagRunId))
      if (page.nextCursor === undefined) break
      cursor = page.nextCursor
    }
    expect(ids).toEqual(all.map(r => r.dagRunId))
    expect((await api('GET', '/dag-runs?cursor=broken')).status).toBe(400)
    expect((await api('GET', '/dag-runs?status=abc')).status).toBe(400)
    expect((await api('GET', '/dag-runs?status=2')).json.dagRuns).toEqual([])
    expect((await api('GET', '/dag-runs?status=2&status=4&limit=2')).json.dagRuns).toHaveLength(2)
    const inline = (await api('GET', '/dag-runs/inline')).json.dagRuns
    expect(inline.map((r: { name: string }) => r.name)).toEqual(['inline'])
    expect((await api('GET', `/dag-runs?toDate=${Math.floor(Date.now() / 1000) - 3600}`)).json.dagRuns).toEqual([])
  })

  test('the runs of a DAG come with the grid of its steps', async () => {
    const { json } = await api('GET', '/dags/hello/dag-runs')
    expect(json.dagRuns[0].nodes).toHaveLength(2)
    expect(json.gridData[0]).toMatchObject({ name: 'a', history: json.dagRuns.map(() => 4) })
    expect((await api('GET', '/dags/hello/dag-runs/r1')).json.dagRun.dagRunId).toBe('r1')
  })

  test('outputs and the spec of a run are those of its start', async () => {
    const { json } = await api('GET', '/dag-runs/hello/r1/outputs')
    expect(json.metadata).toMatchObject({
      dagName: 'hello',
      dagRunId: 'r1',
      status: 'succeeded',
      params: '["WHO=kim"]',
    })
    expect(json.outputs).toEqual({ msg: 'hi kim' })
    const empty = await api('GET', '/dag-runs/inline/latest/outputs')
    expect([empty.status, empty.json.outputs]).toEqual([200, {}])
    expect((await api('GET', '/dag-runs/hello/r1/spec')).json).toEqual({ spec: DAGS.hello })
  })
})

describe('logs', () => {
  const path = (query: string) => `/dag-runs/lines/l1/steps/count/log?stream=stdout${query}`
  beforeAll(async () => {
    await api('POST', '/dags/lines/start', { dagRunId: 'l1' })
    await ended('lines', 'l1')
  })
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('')

  test.each([
    ['all', '', 1, 100, false],
    ['head', '&head=3', 1, 3, true],
    ['tail', '&tail=3', 98, 100, true],
    ['offset and limit', '&offset=11&limit=5', 11, 15, true],
    ['the last page', '&offset=99&limit=50', 99, 100, false],
  ] as [string, string, number, number, boolean][])('lines by %s', async (_, query, from, to, more) => {
    const { status, json } = await api('GET', path(query))
    expect(status).toBe(200)
    expect(json).toMatchObject({ content: numbers(from, to), lineCount: to - from + 1, totalLines: 100 })
    expect(json.hasMore).toBe(more)
  })

  test('downloads are plain text; the other stream, an empty log and the run log have answers too', async () => {
    const download = await api('GET', '/dag-runs/lines/l1/steps/count/log/download')
    expect([download.status, download.type, download.text]).toEqual([
      200,
      expect.stringMatching('text/plain'),
      numbers(1, 100),
    ])
    expect((await api('GET', '/dag-runs/lines/l1/steps/err/log?stream=stderr')).json.content).toBe('oops\n')
    expect((await api('GET', '/dag-runs/lines/l1/steps/err/log?stream=stdout')).json.content).toBe('')
    expect((await api('GET', '/dag-runs/lines/l1/log?tail=2')).json).toMatchObject({ lineCount: 2 })
    expect((await api('GET', '/dag-runs/lines/l1/log')).json.content).toMatch(/time=\S+ level=\w+ msg=/)
    expect((await api('GET', '/dag-runs/lines/l1/log/download')).type).toMatch('text/plain')
  })

  test('an unknown step, a stream that is none and a window that is none are refused', async () => {
    const none = await api('GET', '/dag-runs/lines/l1/steps/nope/log?stream=stdout')
    expect([none.status, none.json.message]).toEqual([404, 'step nope not found in DAG lines'])
    expect((await api('GET', '/dag-runs/lines/l1/steps/count/log?stream=both')).status).toBe(400)
    expect((await api('GET', path('&head=abc'))).status).toBe(400)
  })
})

describe('acting on runs', () => {
  test('stop ends a running run; a finished one is not running', async () => {
    await api('POST', '/dags/slow/start', { dagRunId: 's1' })
    await running('slow', 's1')
    expect((await api('DELETE', '/dag-runs/slow/s1')).status).toBe(400)
    expect((await api('POST', '/dags/slow/start', { singleton: true })).status).toBe(409)
    expect((await api('POST', '/dag-runs/slow/s1/stop', {})).status).toBe(200)
    expect(await ended('slow', 's1')).toMatchObject({ status: 3, statusLabel: 'aborted' })
    const again = await api('POST', '/dag-runs/slow/s1/stop', {})
    expect(again).toMatchObject({ status: 400, json: { code: 'not_running', message: 'DAG is not running' } })
  })

  test('a queued run waits for its turn and can be taken out of the queue', async () => {
    expect((await api('POST', '/dags/slow/enqueue', { dagRunId: 'q1' })).json).toEqual({ dagRunId: 'q1' })
    await running('slow', 'q1')
    expect((await api('POST', '/dags/slow/enqueue', { dagRunId: 'q2' })).status).toBe(200)
    expect(await details('slow', 'q2')).toMatchObject({ status: 5, statusLabel: 'queued', startedAt: '' })
    const queues = await until('both in the list of queues', async () => {
      const { json } = await api('GET', '/queues')
      return json.summary.totalQueued === 1 && json
    })
    expect(queues.queues).toMatchObject([
      { name: 'slow', type: 'dag-based', maxConcurrency: 1, runningCount: 1, queuedCount: 1 },
    ])
    expect(queues.summary).toMatchObject({ totalQueues: 1, totalRunning: 1, totalQueued: 1 })
    expect((await api('GET', '/queues/slow/items')).json.items).toMatchObject([{ dagRunId: 'q2' }])
    expect((await api('POST', '/dag-runs/slow/q2/stop', {})).status).toBe(400)
    expect((await api('GET', '/dag-runs/slow/q2/dequeue')).status).toBe(200)
    expect((await api('GET', '/dag-runs/slow/q2/dequeue')).status).toBe(404)
    expect((await api('GET', '/dag-runs/slow/q2')).status).toBe(404)
    const other = await api('GET', '/dag-runs/hello/r1/dequeue')
    expect([other.status, other.json.message]).toEqual([400, 'DAGRun status is not queued: succeeded'])
    expect((await api('POST', '/dags/slow/stop-all', {})).json).toEqual({ errors: null })
    await ended('slow', 'q1')
  })

  test('retry is a new attempt under the same id; a step can be set by hand; a finished run can be deleted', async () => {
    await api('POST', '/dags/fails/start', { dagRunId: 'f1' })
    const failed = await ended('fails', 'f1')
    expect(failed).toMatchObject({ status: 2, nodes: [{ status: 2 }, { status: 3 }] })
    expect((await api('POST', '/dag-runs/fails/none/retry', {})).status).toBe(404)
    expect((await api('POST', '/dag-runs/fails/f1/retry', { dagRunId: 'f1' })).status).toBe(200)
    const again = await until('the second attempt', async () => {
      const run = await details('fails', 'f1')
      return run.status === 2 && run.nodes[0].attempt === 2 && run
    })
    expect(again.triggerType).toBe('retry')
    expect((await api('PATCH', '/dag-runs/fails/f1/steps/boom/status', { status: 4 })).status).toBe(200)
    expect((await details('fails', 'f1')).nodes[0].status).toBe(4)
    expect((await api('PATCH', '/dag-runs/fails/f1/steps/nope/status', { status: 4 })).status).toBe(404)
    expect((await api('DELETE', '/dag-runs/fails/f1')).status).toBe(204)
    expect((await api('GET', '/dag-runs/fails/f1')).status).toBe(404)
    expect((await api('DELETE', '/dag-runs/fails/f1')).status).toBe(404)
  })
})

describe('around it', () => {
  test('both base paths have the same API', async () => {
    const [one, two] = (await Promise.all([
      api('GET', '/api/v1/dag-runs/hello/r1'),
      api('GET', '/api/v2/dag-runs/hello/r1'),
    ])) as [Answer, Answer]
    expect(two.json).toEqual(one.json)
    expect((await api('GET', '/api/v2/health')).status).toBe(200)
  })

  test('health, workers and who I am', async () => {
    expect((await api('GET', '/health')).json).toMatchObject({
      status: 'healthy',
      version: JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version,
      uptime: expect.any(Number),
      timestamp: expect.any(String),
    })
    const { workers, errors } = await until('a runner at rest', async () => {
      const { json } = await api('GET', '/workers')
      return json.workers[0]?.busyPollers === 0 && json
    })
    expect(errors).toEqual([])
    expect(workers).toMatchObject([{ id: 'local', healthStatus: 'healthy', totalPollers: 100, busyPollers: 0 }])
    expect((await api('GET', '/auth/me')).json.user).toMatchObject({ role: 'admin' })
  })

  test('an unknown path is a 404, another method a 405, and neither is a page', async () => {
    expect((await api('GET', '/nothing')).status).toBe(404)
    expect((await api('DELETE', '/dags')).status).toBe(405)
    const page = await api('GET', '/api/../dags')
    expect(page.type).toMatch('text/html')
  })

  test('the OpenAPI document describes every path with its answers, and every reference in it resolves', async () => {
    const { json } = await api('GET', '/openapi.json')
    expect(json.openapi).toMatch(/^3\.1/)
    expect(json.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    const operations = Object.entries(
      json.paths as Record<
        string,
        Record<string, { responses: object; parameters?: { in: string; name: string; required?: boolean }[] }>
      >,
    )
    expect(operations.length).toBeGreaterThan(40)
    for (const [path, methods] of operations) {
      for (const [method, operation] of Object.entries(methods)) {
        expect(Object.keys(operation.responses).length, `${method} ${path}`).toBeGreaterThan(0)
        const declared = (operation.parameters ?? []).filter(p => p.in === 'path' && p.required).map(p => p.name)
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '')
        expect(declared.sort(), `${method} ${path}`).toEqual(inPath.sort())
      }
    }
    for (const [, ref] of JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = (ref ?? '').split('/').reduce((at, key) => at?.[key], json)
      expect(target, ref).toBeDefined()
    }
  })
})
