// The http step (http.request): one request; its answer goes to the step's log. A status other than 2xx fails the step.
import { type FetchResponse, failed, type PortableStep, type StepPorts, type StepRequest } from './step.ts'

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

interface HttpRequest {
  method: string
  url: string
  headers: [name: string, value: string][]
  body?: string
  /** 0: none. */
  timeoutMs: number
  format: 'text' | 'json'
  silent: boolean
  debug: boolean
  skipTlsVerify: boolean
}

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
const isOn = (value: unknown): boolean => value === true || value === 'true'
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/** `METHOD URL` or only a URL; a step may also have both in its config. */
function target(config: Json, commands: readonly string[]): { method?: string; url?: string } {
  const line = (commands[0] ?? '').trim()
  const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? []
  const written = rest === '' ? { url: word } : { method: word, url: rest.trim() }
  const url = isGiven(config.url) ? text(config.url).trim() : written.url
  const method = isGiven(config.method) ? text(config.method).trim() : written.method
  return { ...(method === undefined ? {} : { method }), ...(isGiven(url) ? { url: url! } : {}) }
}

/** A script holds the same settings as JSON, and wins. */
function settings({ config, script }: StepRequest): Json | string {
  if (script === undefined || script.trim() === '') return config
  try {
    const more: unknown = JSON.parse(script)
    return isJson(more)
      ? { ...config, ...more }
      : 'http: the script must be a JSON object with the settings of the request'
  } catch (error) {
    return `http: the script is no JSON: ${(error as Error).message}`
  }
}

const METHOD = /^[A-Z][A-Z0-9-]{0,31}$/

/** The request that a step makes, or what is wrong with it. */
export function readRequest(request: StepRequest): HttpRequest | string {
  const config = settings(request)
  if (typeof config === 'string') return config
  const { method, url } = target(config, request.commands)
  if (url === undefined) return 'http: there is no URL: write "command: GET https://..." or url in with'
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    return `http: "${url}" is no http or https address`
  if (isJson(config.query))
    for (const [name, value] of Object.entries(config.query))
      for (const each of Array.isArray(value) ? value : [value]) address.searchParams.append(name, text(each))
  const body = isGiven(config.body) ? text(config.body) : undefined
  const chosen = (method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase()
  if (!METHOD.test(chosen)) return `http: "${method}" is no method`
  if (body !== undefined && (chosen === 'GET' || chosen === 'HEAD'))
    return `http: a ${chosen} request cannot have a body`
  const timeoutSec = isGiven(config.timeout) ? Number(config.timeout) : 0
  if (!(timeoutSec >= 0)) return `http: timeout "${text(config.timeout)}" is no number of seconds`
  const format = isGiven(config.format) ? text(config.format).toLowerCase() : isOn(config.json) ? 'json' : 'text'
  if (format !== 'json' && format !== 'text') return `http: format "${format}" is not known (text, json)`
  return {
    method: chosen,
    url: address.toString(),
    headers: headersOf(config, body !== undefined && typeof config.body === 'object'),
    ...(body === undefined ? {} : { body }),
    timeoutMs: Math.min(timeoutSec * 1000, 2 ** 31 - 1),
    format,
    silent: isOn(config.silent),
    debug: isOn(config.debug),
    skipTlsVerify: isOn(config.skip_tls_verify),
  }
}

/** A body that is written as a map is JSON, and says so unless told otherwise. */
function headersOf(config: Json, isJsonBody: boolean): HttpRequest['headers'] {
  const given = isJson(config.headers) ? Object.entries(config.headers) : []
  const headers = given.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, text(each)]),
  )
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return isJsonBody && !hasType ? [...headers, ['Content-Type', 'application/json']] : headers
}

/** As servers write them: `x-request-id` becomes `X-Request-Id`. */
const shownName = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase())

/** Values by name: some are sent more than once. */
function shownHeaders(response: FetchResponse): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const [name, value] of response.headers) {
    const shown = shownName(name)
    headers.set(shown, [...(headers.get(shown) ?? []), value])
  }
  return headers
}

async function readBody(response: FetchResponse, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let body = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return body + decoder.decode()
    bytes += value?.length ?? 0
    if (bytes > maxBytes) {
      void reader.cancel().catch(() => {})
      throw new Error(`the answer is longer than ${maxBytes / 1024 / 1024} MiB, the most that a step takes`)
    }
    body += decoder.decode(value, { stream: true })
  }
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const STATUS_TEXTS: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** HTTP/2 sends no words. */
const statusLine = ({ status, statusText }: FetchResponse): string =>
  `${status} ${statusText || STATUS_TEXTS[status] || ''}`.trimEnd()

/** What goes to stdout: everything, or with `silent` the body alone of what went well. */
function shown(request: HttpRequest, response: FetchResponse, body: string): string {
  const isGood = response.status >= 200 && response.status < 300
  const headers = shownHeaders(response)
  if (request.format === 'json')
    return JSON.stringify(
      request.silent && isGood
        ? { status_code: response.status, body: parsed(body) }
        : { status_code: response.status, headers: Object.fromEntries(headers), body: parsed(body) },
      null,
      2,
    )
  if (request.silent && isGood) return body
  const lines = [...headers].map(([name, values]) => values.map(value => `${name}: ${value}\n`).join(''))
  return `${statusLine(response)}\n${lines.join('')}\n${body}`
}

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused: is it running, and is the port right?',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'nobody answered',
}

/** Why a request got no answer; runtimes hide the cause in different places. */
function connectionProblem(error: unknown): string {
  const { message = '', cause } = error as Error & { cause?: Error & { code?: string } }
  const code = cause?.code ?? (error as { code?: string }).code ?? ''
  return CAUSES[code] ?? [message, cause?.message].filter(Boolean).join(': ')
}

async function exchange(request: HttpRequest, ports: StepPorts, signal: AbortSignal) {
  const { method, url, headers, body, skipTlsVerify } = request
  const response = await ports.fetch(url, {
    method,
    headers,
    signal,
    ...(body === undefined ? {} : { body }),
    ...(skipTlsVerify ? { skipTlsVerify } : {}),
  })
  return { response, body: await readBody(response, ports.maxBodyBytes) }
}

export const httpStep: PortableStep = {
  types: ['http'],
  isRepeatable(request) {
    const read = readRequest(request)
    return typeof read === 'string' || read.method === 'GET' || read.method === 'HEAD'
  },
  async execute(step, ports) {
    const request = readRequest(step)
    if (typeof request === 'string') return failed(request)
    const { origin } = new URL(request.url)
    if (request.debug) ports.write('stderr', `> ${request.method} ${request.url}\n`)
    const ending = new AbortController()
    const stop = () => ending.abort()
    ports.signal.addEventListener('abort', stop)
    if (ports.signal.aborted) stop()
    let isLate = false
    const endLate = () => {
      isLate = true
      stop()
    }
    const timer = request.timeoutMs > 0 ? setTimeout(endLate, request.timeoutMs) : undefined
    const from = ports.now()
    try {
      const { response, body } = await exchange(request, ports, ending.signal)
      if (request.debug) ports.write('stderr', `< ${statusLine(response)} after ${ports.now() - from} ms\n`)
      ports.write('stdout', shown(request, response, body))
      if (response.status >= 200 && response.status < 300) return { exitCode: 0 }
      return failed(`${request.method} ${origin} answered ${statusLine(response)}`)
    } catch (error) {
      if (isLate) return failed(`${request.method} ${origin}: no answer within ${request.timeoutMs / 1000} s (timeout)`)
      if (ports.signal.aborted) return failed('stopped')
      return failed(`${request.method} ${origin} failed: ${connectionProblem(error)}`)
    } finally {
      clearTimeout(timer)
      ports.signal.removeEventListener('abort', stop)
    }
  },
}
