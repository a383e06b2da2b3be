// The HTTP server of a case: scripted answers by method and path, and a record of every request.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpRoute } from '../case-file.ts'

export interface HttpRequest {
  method: string
  path: string
  query: Record<string, string>
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

export interface HttpServer {
  url: string
  requests: HttpRequest[]
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const flat = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))

async function answer(response: ServerResponse, route: HttpRoute | undefined): Promise<void> {
  const reply = route ? (route.reply ?? {}) : { status: 404, body: 'no such route in this case' }
  if (reply.delay_ms) await new Promise(resolve => setTimeout(resolve, reply.delay_ms))
  const isText = typeof reply.body === 'string' || reply.body === undefined
  response.writeHead(reply.status ?? 200, {
    ...(isText ? {} : { 'content-type': 'application/json' }),
    ...reply.headers,
  })
  response.end(isText ? (reply.body ?? '') : JSON.stringify(reply.body))
}

export async function startHttpServer(routes: HttpRoute[]): Promise<HttpServer> {
  const requests: HttpRequest[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://case')
    const method = request.method ?? 'GET'
    const body = await bodyOf(request)
    const query = Object.fromEntries(url.searchParams)
    requests.push({ method, path: url.pathname, query, headers: flat(request.headers), body })
    const full = url.pathname + url.search
    const isHere = (route: HttpRoute) => route.path === url.pathname || route.path === full
    const isMethod = (route: HttpRoute) => route.method === undefined || route.method.toUpperCase() === method
    await answer(
      response,
      routes.find(route => isHere(route) && isMethod(route)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
