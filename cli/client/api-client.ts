// A small client of the REST API: JSON in and out, the server's own words in its errors.

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** The whole answer, for callers that need more than the words. */
  readonly body: unknown

  /** The server's own words about what to do. */
  get hint(): string | undefined {
    const hint = (this.body as { hint?: unknown } | null)?.hint
    return typeof hint === 'string' ? hint : undefined
  }

  constructor(status: number, code: string, message: string, body: unknown) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.body = body
  }
}

export interface ApiClient {
  readonly url: string
  readonly token: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  delete(path: string): Promise<void>
  /** The raw answer, for downloads; throws ApiError unless it is 2xx. */
  raw(method: string, path: string, body?: unknown): Promise<Response>
}

async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  try {
    const body = JSON.parse(text) as { code?: string; message?: string; detail?: string }
    return new ApiError(
      response.status,
      body.code ?? 'error',
      body.message || body.detail || `HTTP ${response.status}`,
      body,
    )
  } catch {
    const words =
      response.status === 401 ? 'The server refused the token. Check EDGEDAG_TOKEN.' : text || `HTTP ${response.status}`
    return new ApiError(response.status, response.status === 401 ? 'unauthorized' : 'error', words, text)
  }
}

/** `url` is the server's base, without `/api/v1`. Requests fail with ApiError, or with fetch's own TypeError when nobody answers. */
export function createApiClient(url: string, token: string): ApiClient {
  const raw = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const text = await (await raw(method, path, body)).text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    url,
    token,
    raw,
    get: path => json('GET', path),
    post: (path, body) => json('POST', path, body),
    put: (path, body) => json('PUT', path, body),
    patch: (path, body) => json('PATCH', path, body),
    delete: path => json('DELETE', path),
  }
}
