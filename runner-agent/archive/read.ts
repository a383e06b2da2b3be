// Reads archives of every format as one: entry by entry, never whole.
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Parser, type ReadEntry } from 'tar'
import { decompressor } from './compression.ts'
import { type Entry, type EntryKind, MAX_ENTRIES, type Visit } from './entry.ts'
import { type Format, nameWithin } from './format.ts'
import { ArchiveProblem } from './problem.ts'
import { readZip } from './read-zip.ts'

export interface Source {
  path: string
  format: Format
  signal: AbortSignal
  /** PATH of the step. */
  programs: string | undefined
}

/** Visits all entries in their order. @throws ArchiveProblem, and what the visit throws */
export async function readArchive(source: Source, visit: Visit): Promise<void> {
  let count = 0
  const counted: Visit = (entry, content) => {
    if (++count > MAX_ENTRIES) throw new ArchiveProblem('size', `the archive has more than ${MAX_ENTRIES} entries`)
    source.signal.throwIfAborted()
    return visit(entry, content)
  }
  const { container } = source.format
  if (container === 'zip') await readZip(source, counted)
  else if (container === 'tar') await readTar(source, counted)
  else await readSingle(source, counted)
}

const options = ({ signal, programs }: Source) => ({ signal, path: programs })

async function readSingle(source: Source, visit: Visit): Promise<void> {
  const { mtime, mode } = statSync(source.path)
  const entry: Entry = {
    path: nameWithin(basename(source.path), source.format),
    kind: 'file',
    size: 0,
    mode: mode & 0o777,
    modifiedAt: mtime,
  }
  const content = decompressor(source.format.compression!, options(source))
  const reading = pipeline(createReadStream(source.path), content, { end: true, signal: source.signal } as object)
  const visited = visit(entry, content as Readable)
  const [read, done] = await Promise.allSettled([reading, visited])
  if (done.status === 'rejected') throw done.reason
  if (read.status === 'rejected') throw read.reason
}

const KINDS: Readonly<Record<string, EntryKind>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  GNUDumpDir: 'folder',
  SymbolicLink: 'link',
  Link: 'hardlink',
}

const tarEntry = (entry: ReadEntry): Entry => ({
  path: entry.path,
  kind: KINDS[entry.type] ?? 'other',
  size: entry.size,
  ...(entry.mode === undefined ? {} : { mode: entry.mode & 0o777 }),
  ...(entry.mtime === undefined ? {} : { modifiedAt: entry.mtime }),
  ...(entry.linkpath === undefined ? {} : { target: entry.linkpath }),
})

async function readTar(source: Source, visit: Visit): Promise<void> {
  const { path, format, signal } = source
  let failure: unknown
  let visited: Promise<void> = Promise.resolve()
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      // The parser gives the next entry when this one is read to its end.
      visited = visited.then(async () => {
        try {
          if (failure === undefined) await visit(tarEntry(entry), entry as unknown as AsyncIterable<Uint8Array>)
        } catch (error) {
          failure ??= error
        }
        entry.resume()
      })
    },
  })
  const input = createReadStream(path, { signal })
  const bytes = format.compression === undefined ? input : decompressor(format.compression, options(source))
  const pumping =
    format.compression === undefined ? Promise.resolve() : pipeline(input, bytes as NodeJS.WritableStream, { signal })
  pumping.catch(() => {})
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve)
    parser.on('error', reject)
  })
  ended.catch(() => {})
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    if (failure !== undefined) break
    if (!parser.write(chunk)) await Promise.race([new Promise<void>(resolve => parser.once('drain', resolve)), ended])
  }
  if (failure === undefined) {
    parser.end()
    await ended
  }
  await visited
  if (failure !== undefined) throw failure
  await pumping
}
