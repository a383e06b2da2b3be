// One log segment on its way to R2, streamed from the file with bounded memory and hashed while it passes.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Stream } from '../runs/host-run-state.ts'
import { onAnswer, signedPut, type Upload, type UploadTarget } from '../upload/signed-put.ts'
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

export type PutResult =
  | { ok: true; sha256: string; lines: number }
  /** Worth another try, or not (the file is not what it was). */
  | { ok: false; error: string; again: boolean }

/** How a segment is put: its name is its path, and what is signed. */
export const segmentUpload = ({ runId, step, attempt, stream, seq, bytes }: Segment): Upload => {
  const name = [runId, step, attempt, stream, seq]
  return { path: `logs/${name.map(encodeURIComponent).join('/')}`, signed: name.join('/'), bytes }
}

/** Puts a segment. One that is there already counts as put: nothing is ever overwritten. */
export const putSegment = (segment: Segment, target: UploadTarget): Promise<PutResult> => {
  const hash = createHash('sha256')
  let lines = 0
  let passed = 0
  return new Promise(resolve => {
    const file = createReadStream(segment.path, {
      start: segment.offset,
      end: segment.offset + segment.bytes - 1,
      highWaterMark: 64 * 1024,
    })
    const request = signedPut(segmentUpload(segment), target)
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
    const answered = (status: number): void => {
      if (!isStored(status)) return fail(`HTTP ${status}`, true)
      if (passed === segment.bytes) return resolve({ ok: true, sha256: hash.digest('hex'), lines })
      file.destroy()
      request.destroy()
      void describe(segment).then(resolve)
    }
    onAnswer(request, answered, why => fail(why, true))
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
