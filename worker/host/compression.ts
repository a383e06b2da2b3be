// Compression of answers where no platform does it in front of the Worker. Promise: what is read in pieces as it comes, or is compressed
// by its nature, goes out as it is.

const TYPES = new Set([
  'text/html',
  'text/css',
  'text/plain',
  'text/javascript',
  'application/javascript',
  'application/json',
  'application/manifest+json',
  'image/svg+xml',
])

const typeOf = (answer: Response): string => answer.headers.get('content-type')?.split(';', 1)[0]?.trim() ?? ''

/** `gzip;q=0` is a refusal. */
const takesGzip = (request: Request): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers.get('accept-encoding') ?? '')

/** The answer as the runtime is to compress it on its way out. Answers to changes are short, and are left alone. */
export function compressed(request: Request, answer: Response): Response {
  if (request.method !== 'GET' || answer.status !== 200 || answer.headers.has('content-encoding')) return answer
  if (!TYPES.has(typeOf(answer)) || !takesGzip(request)) return answer
  const headers = new Headers(answer.headers)
  headers.set('content-encoding', 'gzip')
  headers.append('vary', 'accept-encoding')
  return new Response(answer.body, { status: 200, headers })
}
