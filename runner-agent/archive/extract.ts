// Extracts an archive, or says what would be extracted.
import { statSync } from 'node:fs'
import { type Content, type Entry, partsOf } from './entry.ts'
import { formatOfSource } from './format.ts'
import { Place } from './place.ts'
import { readArchive, type Source } from './read.ts'
import type { ArchiveSettings } from './settings.ts'
import { durationSince, Errors, type Work } from './work.ts'

/** Reads everything, so that damage is found. */
export async function verifyArchive(source: Source): Promise<void> {
  await readArchive(source, async (_entry, content) => {
    for await (const _chunk of content) source.signal.throwIfAborted()
  })
}

/** Where an entry goes; undefined: it is left out. */
function partsFor({ path, kind }: Entry, settings: ArchiveSettings): string[] | undefined {
  const parts = partsOf(path)
  const { patterns, stripComponents, preservePaths } = settings
  const name = parts.join('/')
  if (patterns.isExcluded(name) || (kind !== 'folder' && !patterns.isIncluded(name))) return undefined
  if (kind === 'folder' && !(preservePaths && patterns.isIncluded(name))) return undefined
  const left = parts.slice(stripComponents)
  if (left.length === 0) return undefined
  return preservePaths ? left : left.slice(-1)
}

async function put(
  place: Place,
  entry: Entry,
  parts: string[],
  content: Content,
  settings: ArchiveSettings,
): Promise<void> {
  if (entry.kind === 'folder') await place.folder(parts, entry)
  else if (entry.kind === 'link') await place.link(parts, entry)
  else if (entry.kind === 'hardlink') {
    const target = partsOf(entry.target ?? '').slice(settings.stripComponents)
    await place.hardlink(parts, settings.preservePaths ? target : target.slice(-1))
  } else await place.file(parts, entry, content)
}

async function sizeOf(content: Content): Promise<number> {
  let bytes = 0
  for await (const chunk of content) bytes += chunk.length
  return bytes
}

export async function extractArchive(settings: ArchiveSettings, cwd: string, work: Work) {
  const from = performance.now()
  const destination = settings.destination || cwd
  const { signal, programs } = work
  const source: Source = {
    path: settings.source,
    format: formatOfSource(settings.source, settings.format),
    signal,
    programs,
  }
  if (settings.verify) await verifyArchive(source)
  const place = settings.dryRun
    ? undefined
    : await Place.open(destination, settings.overwrite, statSync(settings.source).size)
  const errors = new Errors(settings.continueOnError)
  let [files, skipped, bytes] = [0, 0, 0]
  await readArchive(source, async (entry, content) => {
    await errors.attempt(async () => {
      const parts = entry.kind === 'other' ? undefined : partsFor(entry, settings)
      if (parts === undefined) {
        if (entry.kind !== 'folder') skipped++
        return
      }
      if (place === undefined) bytes += entry.kind === 'file' ? entry.size || (await sizeOf(content)) : 0
      else await put(place, entry, parts, content, settings)
      if (entry.kind !== 'folder') files++
      if (entry.kind !== 'folder') work.say(parts.join('/'))
    }, signal)
  })
  await errors.attempt(async () => place?.finish(), signal)
  return {
    operation: 'extract',
    source: settings.source,
    destination,
    filesExtracted: files,
    bytesExtracted: place?.bytes ?? bytes,
    filesSkipped: skipped + errors.count,
    duration: durationSince(from),
    verifyPerformed: settings.verify,
    ...(settings.dryRun ? { dryRun: true } : {}),
    ...(errors.count > 0 ? { errors: errors.list } : {}),
  }
}
