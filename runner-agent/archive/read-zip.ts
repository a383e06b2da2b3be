// Zip archives: entries by their central directory, with their checksums.
import { Readable, Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { openPromise, type Entry as ZipEntry, type ZipFile } from 'yauzl'
import type { Entry, EntryKind, Visit } from './entry.ts'
import { ArchiveProblem } from './problem.ts'

const UNIX = 3
const ENCRYPTED = 1
const LINK = 0o120000
const KIND_BITS = 0o170000
/** A link is a short text. */
const MAX_TARGET_BYTES = 4096

const crc32 = (zlib as unknown as { crc32?(data: Uint8Array, value: number): number }).crc32

/** Fails at its end when the bytes are not those that were packed. */
function checked({ crc32: wanted, fileName }: ZipEntry): Transform {
  let sum = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32?.(chunk, sum) ?? 0
      done(null, chunk)
    },
    flush(done) {
      if (crc32 === undefined || sum === wanted) done()
      else done(new ArchiveProblem('damaged', `${fileName}: its checksum is wrong`))
    },
  })
}

function entryOf(entry: ZipEntry): Entry {
  const mode = entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0
  const isFolder = entry.fileName.endsWith('/')
  const kind: EntryKind = isFolder ? 'folder' : (mode & KIND_BITS) === LINK ? 'link' : 'file'
  return {
    path: entry.fileName,
    kind,
    size: entry.uncompressedSize,
    ...(mode === 0 ? {} : { mode: mode & 0o777 }),
    modifiedAt: entry.getLastModDate(),
  }
}

async function content(file: ZipFile, entry: ZipEntry): Promise<Readable> {
  if (entry.generalPurposeBitFlag & ENCRYPTED)
    throw new ArchiveProblem(
      'encrypted',
      `${entry.fileName} is encrypted, which archive steps cannot read in zip archives`,
    )
  const stream = await new Promise<Readable>((resolve, reject) => {
    file.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  const checking = checked(entry)
  stream.on('error', error => checking.destroy(error))
  checking.on('close', () => stream.destroy())
  return stream.pipe(checking)
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.length > MAX_TARGET_BYTES) throw new ArchiveProblem('damaged', 'the target of a link is too long')
  }
  return text
}

/** What the reader itself has to say has no code: the archive is damaged, or names a path that leads out. */
const told = (error: NodeJS.ErrnoException): never => {
  if (error instanceof ArchiveProblem || error.code !== undefined) throw error
  throw new ArchiveProblem(
    /relative path|absolute path|invalid characters/.test(error.message) ? 'outside' : 'damaged',
    error.message,
  )
}

const nothing: Readable = Readable.from([])

export async function readZip({ path }: { path: string }, visit: Visit): Promise<void> {
  const file = await openPromise(path, { autoClose: false }).catch(told)
  try {
    const entries = (file.eachEntry() as AsyncIterable<ZipEntry>)[Symbol.asyncIterator]()
    for (let next = await entries.next().catch(told); !next.done; next = await entries.next().catch(told)) {
      const zipped = next.value
      const entry = entryOf(zipped)
      if (entry.kind === 'folder') await visit(entry, nothing)
      else if (entry.kind === 'link')
        await visit({ ...entry, target: await textOf(await content(file, zipped)) }, nothing)
      else {
        // Opened when somebody wants it.
        const lazy = (async function* () {
          yield* await content(file, zipped)
        })()
        await visit(entry, lazy)
      }
    }
  } finally {
    file.close()
  }
}
