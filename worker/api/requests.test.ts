import { describe, expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const problemOf = async (answer: Response): Promise<Record<string, unknown>> => ({
  status: answer.status,
  ...((await answer.json()) as Record<string, unknown>),
})

describe('bad requests', () => {
  const cases: [string, string, string, { body?: unknown; raw?: string }, number, string][] = [
    ['malformed JSON', 'POST', 'dags/hello/start', { raw: '{"params":' }, 400, 'bad_request'],
    ['a list as body', 'POST', 'dags/hello/start', { body: [] }, 400, 'bad_request'],
    ['a bad run id', 'POST', 'dags/hello/start', { body: { dagRunId: 'a b' } }, 400, 'bad_request'],
    ['an unknown DAG', 'POST', 'dags/nope/start', { body: {} }, 404, 'not_found'],
    ['a bad DAG name', 'POST', 'dags', { body: { name: 'a/b' } }, 400, 'bad_request'],
    ['a name of dots', 'GET', 'dags/..%2e', {}, 404, 'not_found'],
    ['a suspend that is no boolean', 'POST', 'dags/hello/suspend', { body: { suspend: 'yes' } }, 400, 'bad_request'],
    ['an unknown status word', 'GET', 'dag-runs?status=abc', {}, 400, 'bad_request'],
    ['a status out of range', 'GET', 'dag-runs?status=99', {}, 400, 'bad_request'],
    ['a limit that is no number', 'GET', 'dag-runs?limit=many', {}, 400, 'bad_request'],
    ['a broken cursor', 'GET', 'dag-runs?cursor=!!', {}, 400, 'bad_request'],
    ['an unknown run', 'GET', 'dag-runs/hello/nope', {}, 404, 'not_found'],
    ['an inline run without a name', 'POST', 'dag-runs', { body: { spec: 'steps: []' } }, 400, 'bad_request'],
    ['an unknown stream', 'GET', 'dag-runs/hello/r1/steps/a/log?stream=stdlog', {}, 400, 'bad_request'],
    [
      'a step status that is neither 2 nor 4',
      'PATCH',
      'dag-runs/hello/r1/steps/a/status',
      { body: { status: 1 } },
      400,
      'bad_request',
    ],
    ['an unknown path', 'GET', 'nothing/here', {}, 404, 'not_found'],
    ['another method', 'PUT', 'health', {}, 405, 'method_not_allowed'],
    ['a queue without room', 'PUT', 'queues/q', { body: { maxConcurrency: 0 } }, 400, 'bad_request'],
    ['a live topic that does not exist', 'GET', 'live?topic=everything', {}, 426, 'upgrade_required'],
  ]
  it.each(cases)('%s is answered with a problem document', async (_, method, path, ask, status, code) => {
    const world = await createWorld()
    await world.addDag('hello')
    const answer = await world.ask(method, path, ask)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ status, code, type: `urn:edgedag:problem:${code}` })
    expect(problem.message).toEqual(expect.any(String))
  })

  it('an absent body is an empty one', async () => {
    const world = await createWorld()
    await world.addDag('hello')
    expect((await world.ask('POST', 'dags/hello/start')).status).toBe(200)
    expect((await world.ask('POST', 'dags/hello/start', { raw: '  ' })).status).toBe(200)
  })

  it('a spec above 1 MiB is refused, and so is a body above the limit', async () => {
    const world = await createWorld()
    const spec = `# ${'x'.repeat(1024 * 1024)}\n`
    expect((await world.ask('POST', 'dags/validate', { body: { spec } })).status).toBe(413)
    expect((await world.ask('POST', 'dags/validate', { raw: 'x'.repeat(2 * 1024 * 1024 + 1) })).status).toBe(413)
  })

  it('a failure inside is a 500 that tells nothing', async () => {
    const seen: unknown[] = []
    const world = await createWorld({ log: (_, error) => seen.push(error) })
    world.directory.dagId = () => {
      throw new Error('secret detail')
    }
    const answer = await world.ask('GET', 'dags/hello')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret detail')
    expect(seen).toHaveLength(1)
  })
})

describe('every answer', () => {
  it.each(['/api/v1/health', '/api/v1/dags', '/api/nothing', '/'])('of %s has the security headers', async path => {
    const { ask } = await createWorld({ assets: { fetch: async () => new Response('<html></html>') } })
    const { headers } = await ask('GET', path)
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is the same under both base paths', async () => {
    const { ask, addDag } = await createWorld()
    await addDag('hello')
    const [one, two] = await Promise.all([ask('GET', '/api/v1/dags'), ask('GET', '/api/v2/dags')])
    expect(await one.json()).toEqual(await two.json())
  })

  it('outside the API is the page, also for addresses that only the page knows', async () => {
    const asked: string[] = []
    const { ask } = await createWorld({
      assets: {
        fetch: async request => {
          const { pathname } = new URL(request.url)
          asked.push(pathname)
          return pathname === '/' ? new Response('page') : new Response(null, { status: 404 })
        },
      },
    })
    expect(await (await ask('GET', '/dag-runs/hello/r1')).text()).toBe('page')
    expect(await (await ask('GET', '/dags/etl.v2')).text()).toBe('page')
    for (const path of ['/assets/gone.js', '/schemas/old.schema', '/robots.txt']) {
      const gone = await ask('GET', path)
      expect([gone.status, await gone.text()], path).toEqual([404, expect.stringContaining('is not a file')])
    }
    expect(asked).toEqual([
      ...['/dag-runs/hello/r1', '/', '/dags/etl.v2', '/'],
      ...['/assets/gone.js', '/schemas/old.schema', '/robots.txt'],
    ])
  })

  it('health needs no token', async () => {
    const { ask } = await createWorld()
    const answer = await ask('GET', 'health', { token: '' })
    expect(await answer.json()).toEqual({
      status: 'healthy',
      version: '1.2.3',
      uptime: 5,
      timestamp: '2026-11-21T11:32:55Z',
    })
  })

  it('the OpenAPI document names every path, its schemas and its permission', async () => {
    const { ask } = await createWorld()
    const document = (await (await ask('GET', 'openapi.json')).json()) as {
      paths: Record<string, Record<string, { description: string }>>
    }
    expect(document.paths['/dags/{fileName}/start']?.post).toMatchObject({
      description: expect.stringContaining('operator'),
      requestBody: expect.anything(),
    })
    expect(Object.keys(document.paths).length).toBeGreaterThan(35)
  })
})
