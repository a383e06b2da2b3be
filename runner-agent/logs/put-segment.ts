// One log segment on its way to R2, streamed from the file with bounded memory and hashed while it passes.
import { createHash, createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Stream } from '../runs/host-run-state.ts'
import { countLineEnds } from './text.ts'

export interface Segment {
  runId: string
  step: string
  attempt: number
  stream: Stream
  seq: number
  path: string
  offset: number
  bytes: number
}

export interface SegmentTarget {
  /** Base address of the control plane. */
  url: string
  credential: string
  /** HMAC key of the run, base64url. */
  uploadKey: string
}

export type PutResult =
  | { ok: true; sha256: string; lines: number }
  /** Worth another try, or not (the file is not what it was). */
  | { ok: false; error: string; again: boolean }

export const keepAliveAgents = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
}
export const IDLE_MS = 60_000

/** Where a segment goes, and its signature: HMAC-SHA256 of its name under the run's key, in hex. */
export const segmentRequest = (segment: Segment, target: SegmentTarget): { url: URL; signature: string } => {
  const name = [segment.runId, segment.step, segment.attempt, segment.stream, segment.seq]
  const url = new URL(`/api/v1/runner/logs/${name.map(encodeURIComponent).join('/')}`, target.url)
  const key = Buffer.from(target.uploadKey, 'base64url')
  return { url, signature: createHmac('sha256', key).update(name.join('/')).digest('hex') }
}

/** Puts a segment. One that is there already counts as put: nothing is ever overwritten. */
export const putSegment = (segment: Segment, target: SegmentTarget): Promise<PutResult> => {
  const { url, signature } = segmentRequest(segment, target)
  const secure = url.protocol === 'https:'
  const hash = createHash('sha256')
  let lines = 0
  let passed = 0
  return new Promise(resolve => {
    const file = createReadStream(segment.path, {
      start: segment.offset,
      end: segment.offset + segment.bytes - 1,
      highWaterMark: 64 * 1024,
    })
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'PUT',
      agent: secure ? keepAliveAgents['https:'] : keepAliveAgents['http:'],
      timeout: IDLE_MS,
      headers: {
        authorization: `Bearer ${target.credential}`,
        'content-type': 'application/octet-stream',
        'content-length': segment.bytes,
        'x-edgedag-signature': signature,
      },
    })
    const fail = (error: string, again: boolean): void => {
      file.destroy()
      request.destroy()
      resolve({ ok: false, error, again })
    }
    file.on('data', chunk => {
      const bytes = chunk as Buffer
      hash.update(bytes)
      lines += countLineEnds(bytes)
      passed += bytes.length
    })
    file.on('error', error => fail(error.message, false))
    file.on('end', () => {
      if (passed < segment.bytes) fail('the log file is shorter than it was', false)
    })
    request.on('timeout', () => fail('no answer in time', true))
    request.on('error', error => fail(error.message, true))
    request.on('response', response => {
      const status = response.statusCode ?? 0
      response.resume()
      response.on('end', () => {
        if (!isStored(status)) return fail(`HTTP ${status}`, true)
        if (passed === segment.bytes) return resolve({ ok: true, sha256: hash.digest('hex'), lines })
        file.destroy()
        request.destroy()
        void describe(segment).then(resolve)
      })
      response.on('error', error => fail(error.message, true))
    })
    file.pipe(request)
  })
}

/** 409 and 412: it was put before, and its answer was lost. */
const isStored = (status: number): boolean => (status >= 200 && status < 300) || status === 409 || status === 412

const describe = async (segment: Segment): Promise<PutResult> => {
  const hash = createHash('sha256')
  let lines = 0
  try {
    const end = segment.offset + segment.bytes - 1
    for await (const chunk of createReadStream(segment.path, { start: segment.offset, end })) {
      hash.update(chunk as Buffer)
      lines += countLineEnds(chunk as Buffer)
    }
  } catch (error) {
    return { ok: false, error: (error as Error).message, again: false }
  }
  return { ok: true, sha256: hash.digest('hex'), lines }
}
