// Cross-site requests. Promise: a request that only a cookie vouches for changes nothing unless our own page made it.

function hostOf(address: string | null): string | null {
  try {
    return address === null ? null : new URL(address).host
  } catch {
    return null
  }
}

/**
 * True when the browser says that a page of this very host made the request. Hosts are compared without their scheme,
 * because TLS may end in front of us. Same-origin GETs carry no Origin: there the browser's fetch metadata decides, then the referrer.
 */
export function isSameOrigin(request: Request): boolean {
  const own = new URL(request.url).host
  const origin = request.headers.get('origin')
  if (origin !== null) return hostOf(origin) === own
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  return hostOf(request.headers.get('referer')) === own
}
