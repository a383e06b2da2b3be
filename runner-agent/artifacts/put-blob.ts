// One blob of artifacts on its way to R2: pieces of files one after the other, streamed with bounded memory and hashed while they
// pass. Promise: exactly the bytes that were announced, or nothing is stored.
import { constants } from 'node:fs'
import { type FileHandle, open, readlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { onAnswer, signedPut, type UploadTarget } from '../upload/signed-put.ts'

export interface Piece {
  path: string
  source: string
  offset: number
  bytes: number
  /** Told each chunk that is sent. */
  passed(chunk: Uint8Array): void
}

/** `changed`: a file is not what it was. `taken`: there is a blob of this number, and it may hold something else. */
export type PutBlob =
  | { ok: true }
  | { ok: false; why: 'changed'; path: string; error: string }
  | { ok: false; why: 'taken' | 'failed'; error: string }

const CHUNK_BYTES = 256 * 1024

class FileChanged extends Error {
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

export interface BlobName {
  runId: string
  runnerId: string
  n: number
}

/** The bytes of the pieces. Throws FileChanged where one cannot be read as it was found. */
async function* bytesOf(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const { path, source, offset, bytes, passed } of pieces) {
    const file = await openFile(path, source)
    try {
      for (let at = 0; at < bytes; ) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at))
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + at)
        if (bytesRead === 0) throw new FileChanged(path, 'it became shorter while it was read')
        const chunk = buffer.subarray(0, bytesRead)
        passed(chunk)
        at += bytesRead
        yield chunk
      }
    } finally {
      await file.close()
    }
  }
}

/** Links were resolved when the file was found: one that is here now, also in place of a folder, was put there since. */
const openFile = async (path: string, source: string): Promise<FileHandle> => {
  const file = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(error => {
    throw new FileChanged(path, (error as Error).message)
  })
  const actual = await readlink(`/proc/self/fd/${file.fd}`).catch(() => source)
  if (actual === source) return file
  await file.close()
  throw new FileChanged(path, 'something else is in its place now')
}

export const putFiles = (name: BlobName, target: UploadTarget, pieces: readonly Piece[]): Promise<PutBlob> =>
  put(name, target, Readable.from(bytesOf(pieces), { objectMode: false, highWaterMark: CHUNK_BYTES }), {
    bytes: pieces.reduce((sum, piece) => sum + piece.bytes, 0),
  })

export const putText = (name: BlobName, target: UploadTarget, text: string): Promise<PutBlob> =>
  put(name, target, Readable.from([Buffer.from(text)]), { bytes: Buffer.byteLength(text) })

const put = (
  { runId, runnerId, n }: BlobName,
  target: UploadTarget,
  body: Readable,
  { bytes }: { bytes: number },
): Promise<PutBlob> => {
  const upload = {
    path: `artifacts/${runId}/${runnerId}/${n}`,
    signed: `${runId}/artifacts/${runnerId}/${n}`,
    bytes,
  }
  return new Promise(resolve => {
    const request = signedPut(upload, target)
    const end = (result: PutBlob): void => {
      body.destroy()
      if (!result.ok) request.destroy()
      resolve(result)
    }
    const fail = (error: string): void => end({ ok: false, why: 'failed', error })
    body.on('error', error => {
      if (error instanceof FileChanged) end({ ok: false, why: 'changed', path: error.path, error: error.message })
      else fail(error.message)
    })
    const answered = (status: number): void => {
      if (status === 201) end({ ok: true })
      else if (status === 200) end({ ok: false, why: 'taken', error: 'the number is in use' })
      else fail(`HTTP ${status}`)
    }
    onAnswer(request, answered, fail)
    body.pipe(request)
  })
}
