// Plain HTTP as any client does it: every answer as it is, none is an exception.

export interface Answer {
  status: number
  type: string
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  json: any
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

/** Calls below `/api/v1` unless the path names another base. A body that is text is sent as it is. */
export function caller(url: string, token: string | undefined): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('/api/') ? `${url}${path}` : `${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    return {
      status: response.status,
      type,
      text,
      json: type.includes('json') && text !== '' ? JSON.parse(text) : undefined,
    }
  }
}
