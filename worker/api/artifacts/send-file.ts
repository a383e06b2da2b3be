// The bytes of an artifact: whole, in ranges, or the beginning for a preview. Promise: memory for one chunk, whatever the size; a
// file of a run is never run as a page of ours.

import { artifactKey } from '../../store/keys.ts'
import { type Answer, withoutJson } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { problem } from '../problem.ts'
import type { Artifact } from './find-artifacts.ts'
import { mimeTypeOf } from './kind.ts'
import { parseRange } from './range.ts'

const CHUNK_BYTES = 4 * 1024 * 1024

/** At most `length` bytes from `offset`, out of the one blob that holds that place. Null: its blob is gone. */
export async function readPart(
  deps: ApiDeps,
  { runId, runnerId, parts }: Artifact,
  offset: number,
  length: number,
): Promise<Uint8Array | null> {
  let from = 0
  for (const [n, at, bytes] of parts) {
    if (offset < from + bytes) {
      const inside = offset - from
      const range = { offset: at + inside, length: Math.min(length, bytes - inside) }
      const data = await deps.blobs.get(artifactKey(runId, runnerId, n), range)
      return data === null ? null : new Uint8Array(data)
    }
    from += bytes
  }
  return new Uint8Array(0)
}

function streamOf(deps: ApiDeps, file: Artifact, start: number, end: number): ReadableStream<Uint8Array> {
  let at = start
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= end) return controller.close()
      const data = await readPart(deps, file, at, Math.min(CHUNK_BYTES, end - at))
      // The length was promised: an answer that breaks off is how a client learns that it got less.
      if (data === null || data.byteLength === 0) throw new Error(`a blob of artifact ${file.path} is gone`)
      at += data.byteLength
      controller.enqueue(data)
    },
  })
}

/** Shown in a frame of ours or on its own: without scripts, without an origin, and nothing is fetched for it. */
const SANDBOX = {
  'content-security-policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:; frame-ancestors 'self'",
  'x-frame-options': 'SAMEORIGIN',
}

const SHOWN = /^(image\/|text\/(html|plain|csv|markdown)$|application\/json$)/

function contentHeaders(path: string, inline: boolean): Record<string, string> {
  const name = path.split('/').at(-1) ?? 'artifact'
  const plain = name.replaceAll(/[^\w.() -]/g, '_')
  const disposition = `filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, escape)}`
  const type = mimeTypeOf(path)
  if (!inline || !SHOWN.test(type))
    return {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; ${disposition}`,
      ...SANDBOX,
    }
  const shown = type === 'text/markdown' || type === 'text/csv' ? 'text/plain' : type
  const charset = shown.startsWith('image/') ? '' : '; charset=utf-8'
  return { 'content-type': shown + charset, 'content-disposition': `inline; ${disposition}`, ...SANDBOX }
}

/** Answers a request for a file; `inline`: to be shown rather than saved. */
export function sendFile(deps: ApiDeps, request: Request, file: Artifact, inline: boolean): Answer<undefined> {
  const etag = `"${file.sha256}"`
  const common = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'last-modified': new Date(file.modifiedAt).toUTCString(),
  }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map(tag => tag.trim().replace(/^W\//, ''))
  if (known?.includes(etag)) return withoutJson(new Response(null, { status: 304, headers: common }))
  const ifRange = request.headers.get('if-range')
  const asked = ifRange === null || ifRange === etag ? request.headers.get('range') : null
  const range = parseRange(asked, file.size)
  if (range === 'unsatisfiable') {
    const answer = problem('range_not_satisfiable', `The file has ${file.size} bytes`)
    answer.headers.set('content-range', `bytes */${file.size}`)
    return answer
  }
  const { start, end } = range ?? { start: 0, end: file.size }
  return withoutJson(
    new Response(end > start ? streamOf(deps, file, start, end) : null, {
      status: range === null ? 200 : 206,
      headers: {
        ...common,
        ...contentHeaders(file.path, inline),
        'content-length': String(end - start),
        ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
      },
    }),
  )
}
