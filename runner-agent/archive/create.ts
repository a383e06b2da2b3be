// Makes an archive: beside its place first, so that a reader never sees half of one.
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Pack } from 'tar'
import { ZipFile } from 'yazl'
import { compressor } from './compression.ts'
import { verifyArchive } from './extract.ts'
import { type Format, formatOfDestination } from './format.ts'
import { ArchiveProblem, problemOf } from './problem.ts'
import type { ArchiveSettings } from './settings.ts'
import { type Found, walk } from './walk.ts'
import { durationSince, Errors, type Work } from './work.ts'

/** Where bytes come from on their way into a file. */
type Bytes = AsyncIterable<Uint8Array> | NodeJS.ReadableStream

/** Files as a tar: modes, times, links and further names of one file are kept. */
function tarOf(found: readonly Found[], settings: ArchiveSettings, errors: Errors): Bytes {
  const pack = new Pack({
    cwd: dirname(settings.source),
    noDirRecurse: true,
    follow: settings.followSymlinks,
    strict: !settings.continueOnError,
    onwarn: (_code, message) => errors.add(String(message)),
  })
  for (const { name } of found) pack.add(name)
  pack.end()
  return pack as unknown as Bytes
}

function zipOf(found: readonly Found[], { compressionLevel }: ArchiveSettings): Bytes {
  const zip = new ZipFile()
  const level = compressionLevel < 0 ? {} : { compressionLevel: Math.min(compressionLevel, 9) }
  for (const { path, name, kind, stat, target } of found) {
    const facts = { mtime: stat.mtime, mode: stat.mode }
    if (kind === 'folder') zip.addEmptyDirectory(name, facts)
    else if (kind === 'link') zip.addBuffer(Buffer.from(target ?? ''), name, facts)
    else zip.addFile(path, name, { ...facts, ...level })
  }
  const output = zip.outputStream as NodeJS.ReadableStream & { destroy(error: Error): void }
  zip.on('error', error => output.destroy(error))
  zip.end()
  return output
}

function singleOf({ source }: ArchiveSettings): Bytes {
  if (!statSync(source).isFile())
    throw new ArchiveProblem('settings', `${source} is a folder, and this format holds one file: use tar`)
  return createReadStream(source)
}

async function write(
  format: Format,
  bytes: Bytes,
  settings: ArchiveSettings,
  { signal, programs }: Work,
): Promise<void> {
  const { destination, compressionLevel } = settings
  if (statSync(destination, { throwIfNoEntry: false })?.isDirectory())
    throw new ArchiveProblem('exists', `${destination} is a folder`)
  mkdirSync(dirname(destination), { recursive: true })
  const draft = draftOf(destination)
  try {
    const file = createWriteStream(draft, { flags: 'w' })
    const { compression } = format
    if (compression === undefined) await pipeline(bytes as NodeJS.ReadableStream, file, { signal })
    else {
      const squeeze = compressor(compression, compressionLevel, { signal, path: programs })
      await pipeline(bytes as NodeJS.ReadableStream, squeeze, file, { signal })
    }
    const made = { path: draft, format, signal, programs }
    if (settings.verify) await verifyArchive(made)
    renameSync(draft, destination)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

const draftOf = (destination: string): string => `${dirname(destination)}/.${basename(destination)}.${process.pid}.part`

export async function createArchive(settings: ArchiveSettings, work: Work) {
  const from = performance.now()
  const { source, destination, patterns } = settings
  if (destination === '') throw new ArchiveProblem('settings', 'destination is missing')
  if (settings.isEncrypted)
    throw new ArchiveProblem(
      'settings',
      'an archive with a password cannot be made: leave password out, or use a command',
    )
  const format = formatOfDestination(destination, settings.format)
  const errors = new Errors(settings.continueOnError)
  let skipped = 0
  const found: Found[] = []
  const options = {
    patterns,
    follow: settings.followSymlinks,
    without: new Set([destination, draftOf(destination)]),
    skip: () => void skipped++,
    failed(error: unknown) {
      if (!settings.continueOnError) return false
      errors.add(problemOf(error).message)
      return true
    },
  }
  for (const each of walk(source, options)) {
    work.signal.throwIfAborted()
    found.push(each)
    if (each.kind !== 'folder') work.say(each.name)
  }
  if (!settings.dryRun) {
    const bytes =
      format.container === 'zip'
        ? zipOf(found, settings)
        : format.container === 'tar'
          ? tarOf(found, settings, errors)
          : singleOf(settings)
    await write(format, bytes, settings, work)
  }
  const files = found.filter(({ kind }) => kind !== 'folder')
  return {
    operation: 'create',
    source,
    destination,
    filesAdded: files.length,
    bytesArchived: files.reduce((sum, { kind, stat }) => sum + (kind === 'file' ? stat.size : 0), 0),
    filesSkipped: skipped + errors.count,
    duration: durationSince(from),
    verifyPerformed: settings.verify && !settings.dryRun,
    ...(settings.dryRun ? { dryRun: true } : {}),
    ...(errors.count > 0 ? { errors: errors.list } : {}),
  }
}
