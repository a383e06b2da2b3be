// An upload of a run's bytes to the control plane: under the runner's credential, and signed with the run's own key.
import { createHmac } from 'node:crypto'
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface UploadTarget {
  /** Base address of the control plane. */
  url: string
  credential: string
  /** HMAC key of the run, base64url. */
  uploadKey: string
}

const AGENTS = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
const IDLE_MS = 60_000

export interface Upload {
  /** Below `/api/v1/runner/`, encoded. */
  path: string
  /** What is signed: HMAC-SHA256 under the run's key, in hex. */
  signed: string
  bytes: number
}

/** Where an upload goes, and its signature. */
function addressOf({ path, signed }: Upload, { url, uploadKey }: UploadTarget): { url: URL; signature: string } {
  const signature = createHmac('sha256', Buffer.from(uploadKey, 'base64url')).update(signed).digest('hex')
  return { url: new URL(`/api/v1/runner/${path}`, url), signature }
}

/** Opens the request; its body is the caller's to write, exactly `bytes` of it. */
export function signedPut(upload: Upload, target: UploadTarget): ClientRequest {
  const { url, signature } = addressOf(upload, target)
  const isSecure = url.protocol === 'https:'
  return (isSecure ? httpsRequest : httpRequest)(url, {
    method: 'PUT',
    agent: isSecure ? AGENTS['https:'] : AGENTS['http:'],
    timeout: IDLE_MS,
    headers: {
      authorization: `Bearer ${target.credential}`,
      'content-type': 'application/octet-stream',
      'content-length': upload.bytes,
      'x-edgedag-signature': signature,
    },
  })
}

/** Calls one of the two when the request is over; `fail` more than once at worst. */
export function onAnswer(
  request: ClientRequest,
  answered: (status: number) => void,
  fail: (why: string) => void,
): void {
  request.on('timeout', () => fail('no answer in time'))
  request.on('error', error => fail(error.message))
  request.on('response', response => {
    response.resume()
    response.on('end', () => answered(response.statusCode ?? 0))
    response.on('error', error => fail(error.message))
  })
}
