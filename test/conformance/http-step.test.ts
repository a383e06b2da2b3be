// The http step against a real server on this machine, as a host makes its requests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from '@edgedag/runner-agent/executors/http-client'
import { httpStep } from '@edgedag/steps/http'
import type { StepEnd, StepRequest } from '@edgedag/steps/step'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: Server
let url: string
const seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] = []

function answer(path: string, response: ServerResponse): void {
  if (path === '/slow') return
  if (path === '/to-other') response.writeHead(302, { location: `http://localhost:${new URL(url).port}/plain` }).end()
  else if (path === '/see-other') response.writeHead(303, { location: '/plain' }).end()
  else if (path === '/again') response.writeHead(307, { location: '/plain' }).end()
  else if (path === '/round') response.writeHead(302, { location: '/round' }).end()
  else if (path === '/big') response.end('x'.repeat(3000))
  else if (path === '/json') response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }).end('{"a":[1]}')
  else if (path === '/fails') response.writeHead(503).end('busy')
  else response.end('plain text')
}

beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const path = incoming.url ?? ''
    seen.push({ method: incoming.method ?? '', path, headers: incoming.headers, body })
    answer(path, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

interface Ran extends StepEnd {
  stdout: string
  stderr: string
}

async function run(
  step: Partial<StepRequest>,
  { maxBodyBytes = 1000, signal = new AbortController().signal } = {},
): Promise<Ran> {
  seen.length = 0
  const said = { stdout: '', stderr: '' }
  const end = await httpStep.execute(
    { config: {}, commands: [], ...step },
    {
      write: (stream, text) => {
        said[stream] += text
      },
      signal,
      now: () => 0,
      fetch: request,
      sendMail: async () => ({ ok: true, response: '' }),
      identity: 'x',
      maxBodyBytes,
    },
  )
  return { ...end, ...said }
}

describe('an http step', () => {
  it('says status, headers and body; silently only the body', async () => {
    const loud = await run({ commands: [`GET ${url}/plain`] })
    expect(loud).toMatchObject({ exitCode: 0 })
    expect(loud.stdout).toMatch(/^200 OK\n(.+: .+\n)+\nplain text$/)
    expect((await run({ config: { url, silent: true } })).stdout).toBe('plain text')
  })

  it('gives JSON with every value of a header', async () => {
    const { stdout } = await run({ config: { url: `${url}/json`, format: 'json' } })
    expect(JSON.parse(stdout)).toMatchObject({
      status_code: 200,
      headers: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: { a: [1] },
    })
  })

  it('sends what its config says, a map as JSON, and takes settings of its script', async () => {
    await run({ config: { url: `${url}/x?a=1`, body: { n: 1 }, query: { b: 'x y', c: ['1', '2'] } } })
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/x?a=1&b=x+y&c=1&c=2', body: '{"n":1}' })
    expect(seen[0]!.headers['content-type']).toBe('application/json')
    await run({ commands: [`PUT ${url}/y`], script: '{"body": "text", "headers": {"X-A": "1"}}' })
    expect(seen[0]).toMatchObject({ method: 'PUT', body: 'text', headers: { 'x-a': '1' } })
  })

  it('follows redirects as browsers do, and tells credentials to nobody else', async () => {
    const headers = { Authorization: 'Bearer secret', 'X-Kept': '1' }
    expect(await run({ config: { url: `${url}/to-other`, headers } })).toMatchObject({ exitCode: 0 })
    expect(seen[1]!.headers).toMatchObject({ 'x-kept': '1' })
    expect(seen[1]!.headers).not.toHaveProperty('authorization')
    await run({ config: { url: `${url}/see-other`, body: 'x' } })
    expect(seen[1]).toMatchObject({ method: 'GET', body: '' })
    await run({ config: { url: `${url}/again`, body: 'x' } })
    expect(seen[1]).toMatchObject({ method: 'POST', body: 'x' })
    expect((await run({ config: { url: `${url}/round` } })).error).toMatch(/more than 10 redirects/)
  })

  it('fails with the status in its error and the answer in its log', async () => {
    const end = await run({ config: { url: `${url}/fails`, silent: true } })
    expect(end).toMatchObject({ exitCode: 1, error: `GET ${url} answered 503 Service Unavailable` })
    expect(end.stdout).toMatch(/^503 Service Unavailable\n[\s\S]*\nbusy$/)
  })

  it.each<[Partial<StepRequest>, RegExp]>([
    [{}, /there is no URL/],
    [{ commands: ['GET ftp://x.test/'] }, /no http or https address/],
    [{ commands: ['G@T http://x.test/'] }, /no method/],
    [{ commands: ['GET http://x.test/'], config: { body: 'x' } }, /cannot have a body/],
    [{ commands: ['http://x.test/'], config: { timeout: 'soon' } }, /no number of seconds/],
    [{ commands: ['http://x.test/'], config: { format: 'xml' } }, /format "xml" is not known/],
    [{ commands: ['http://x.test/'], script: '{' }, /no JSON/],
    [{ commands: ['http://127.0.0.1:1/'] }, /the connection was refused/],
    [{ commands: ['http://127.0.0.1:1/'], config: { headers: { 'a b': '1' } } }, /failed: /],
  ])('%j is refused with a reason', async (step, reason) => {
    expect(await run(step)).toMatchObject({ exitCode: 1, error: expect.stringMatching(reason) })
  })

  it('ends at its timeout, at a stop, and when the answer is too long', async () => {
    expect((await run({ config: { url: `${url}/slow`, timeout: 0.1 } })).error).toMatch(/no answer within 0\.1 s/)
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    expect((await run({ config: { url: `${url}/slow` } }, { signal: stop.signal })).error).toBe('stopped')
    const end = await run({ config: { url: `${url}/big` } })
    expect(end.error).toMatch(/longer than/)
    expect(end.stdout).toBe('')
  })

  it('may be done again when it only reads', () => {
    const isRepeatable = (command: string) => httpStep.isRepeatable({ config: {}, commands: [command] })
    expect([
      isRepeatable('GET http://x.test'),
      isRepeatable('head http://x.test'),
      isRepeatable('POST http://x.test'),
    ]).toEqual([true, true, false])
  })
})
