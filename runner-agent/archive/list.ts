// Lists what is in an archive.
import type { Entry } from './entry.ts'
import { formatOfSource } from './format.ts'
import { ArchiveProblem } from './problem.ts'
import { readArchive, type Source } from './read.ts'
import type { ArchiveSettings } from './settings.ts'
import { durationSince, type Work } from './work.ts'

/** A longer list is no log any more. */
const MAX_LISTED = 100_000

const TYPES: Readonly<Record<Entry['kind'], string>> = { file: '-', folder: 'd', link: 'L', hardlink: '-', other: '?' }
const LETTERS = 'rwxrwxrwx'

/** `-rw-r--r--` */
const modeText = ({ kind, mode = kind === 'folder' ? 0o755 : 0o644 }: Entry): string =>
  TYPES[kind] + Array.from(LETTERS, (letter, i) => (mode & (1 << (8 - i)) ? letter : '-')).join('')

export async function listArchive(settings: ArchiveSettings, { signal, programs }: Work) {
  const from = performance.now()
  const format = formatOfSource(settings.source, settings.format)
  const source: Source = { path: settings.source, format, signal, programs }
  const files: object[] = []
  let totalSize = 0
  await readArchive(source, async (entry, content) => {
    let { size } = entry
    if (format.container === 'single' || settings.verify) {
      let read = 0
      for await (const chunk of content) read += chunk.length
      if (entry.kind === 'file') size = read
    }
    const path = entry.path.replace(/\/+$/, '')
    const { patterns } = settings
    if (patterns.isExcluded(path) || !patterns.isIncluded(path)) return
    if (files.length === MAX_LISTED)
      throw new ArchiveProblem('size', `more than ${MAX_LISTED} entries cannot be listed`)
    totalSize += size
    files.push({
      path,
      size,
      mode: modeText(entry),
      ...(entry.modifiedAt === undefined ? {} : { modTime: entry.modifiedAt.toISOString() }),
      isDir: entry.kind === 'folder',
      ...(entry.target === undefined || entry.target === '' ? {} : { linkTarget: entry.target }),
    })
  })
  return {
    operation: 'list',
    source: settings.source,
    totalFiles: files.length,
    totalSize,
    files,
    verified: settings.verify,
    duration: durationSince(from),
  }
}
