// Headers that every answer carries. Promise: no answer can be framed, sniffed into another type, or run code from elsewhere.

function contentSecurityPolicy(host: string): string {
  return [
    `default-src 'self'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self' data:`,
    // Named for browsers in which 'self' does not include the WebSocket of the same host.
    `connect-src 'self' ws://${host} wss://${host}`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/** The same answer with the headers on it. Not for upgrades: a new answer would lose the socket. */
export function withSecurityHeaders(request: Request, response: Response): Response {
  const headers = new Headers(response.headers)
  // Files of runs bring stricter ones.
  if (!headers.has('content-security-policy'))
    headers.set('content-security-policy', contentSecurityPolicy(new URL(request.url).host))
  headers.set('x-content-type-options', 'nosniff')
  if (!headers.has('x-frame-options')) headers.set('x-frame-options', 'DENY')
  headers.set('referrer-policy', 'same-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  if (new URL(request.url).pathname.startsWith('/api/') && !headers.has('cache-control'))
    headers.set('cache-control', 'no-store')
  return new Response(response.body, { status: response.status, headers })
}
