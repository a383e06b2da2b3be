// One way to call the API: JSON in, JSON out, and every failure as an ApiError that says what, why and what to do.

import { noteContact } from './contact.ts'

export const API_BASE = '/api/v1'

/** A refused or failed call. `status` is 0 when the server could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly body: Record<string, unknown>

  constructor(status: number, code: string, message: string, body: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.body = body
    this.hint = typeof body.hint === 'string' ? body.hint : undefined
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** What was shown is not there any more: an answer of before says nothing now. */
export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404

/** Reads both problem documents (RFC 9457) and the reference's `{code, message}`. */
async function errorFrom(response: Response): Promise<ApiError> {
  const raw = await response.text()
  let body: Record<string, unknown> = {}
  try {
    const parsed: unknown = JSON.parse(raw)
    if (parsed !== null && typeof parsed === 'object') body = parsed as Record<string, unknown>
  } catch {
    // Plain text answers are their own message.
  }
  const message =
    text(body.message) ?? text(body.detail) ?? text(body.title) ?? (raw.length < 300 ? text(raw) : undefined)
  return new ApiError(
    response.status,
    text(body.code) ?? `http_${response.status}`,
    message ?? `The server answered ${response.status}.`,
    body,
  )
}

let onUnauthorized: () => void = () => {}

/** Registers what happens when any call answers 401, e.g. showing the sign-in page. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler
}

let onForbidden: () => void = () => {}

/** Registers what happens when any call answers 403. */
export function setForbiddenHandler(handler: () => void): void {
  onForbidden = handler
}

/** Of a gateway that finds nobody behind it. */
const NO_ANSWER = new Set([502, 504, 521, 522, 523])

/**
 * Calls `${API_BASE}${path}`.
 * @returns the parsed JSON body, or undefined when the answer is empty
 * @throws ApiError for every status that is not 2xx and for network failures
 */
export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(API_BASE + path, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    noteContact(false)
    throw new ApiError(0, 'unreachable', 'The control plane could not be reached.')
  }
  noteContact(!NO_ANSWER.has(response.status))
  if (!response.ok) {
    const error = await errorFrom(response)
    if (response.status === 401 && !path.startsWith('/auth/')) onUnauthorized()
    if (response.status === 403) onForbidden()
    throw error
  }
  const answer = await response.text()
  return (answer === '' ? undefined : JSON.parse(answer)) as T
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>('POST', path, body)
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>('PUT', path, body)

/** Joins path segments, each encoded. */
export const segments = (...parts: string[]): string => parts.map(part => `/${encodeURIComponent(part)}`).join('')

/** Query string of the defined, non-empty values; arrays repeat their key. */
export function query(values: Record<string, string | number | undefined | readonly (string | number)[]>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === '') continue
    for (const item of Array.isArray(value) ? value : [value]) search.append(key, String(item))
  }
  const encoded = search.toString()
  return encoded === '' ? '' : `?${encoded}`
}
