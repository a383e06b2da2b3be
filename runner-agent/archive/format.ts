// Which kind of archive a file is: by the setting, else by the ending of its name, else by its first bytes.
import { closeSync, openSync, readSync } from 'node:fs'
import { ArchiveProblem } from './problem.ts'

export type Compression = 'gz' | 'bz2' | 'xz' | 'zst' | 'lz4'

export interface Format {
  container: 'zip' | 'tar' | 'single'
  compression?: Compression
}

const SHORT: Readonly<Record<string, string>> = { tgz: 'tar.gz', tbz2: 'tar.bz2', txz: 'tar.xz', tzst: 'tar.zst' }
const COMPRESSIONS: readonly string[] = ['gz', 'bz2', 'xz', 'zst', 'lz4']
const NAMES = [
  'tar.gz',
  'tar.bz2',
  'tar.xz',
  'tar.zst',
  'tar.lz4',
  ...Object.keys(SHORT),
  'zip',
  'tar',
  '7z',
  'rar',
  ...COMPRESSIONS,
]

function formatOf(written: string): Format {
  const name = SHORT[written] ?? written
  if (name === 'zip' || name === 'tar') return { container: name }
  const compression = COMPRESSIONS.find(ending => name === ending || name === `tar.${ending}`) as
    | Compression
    | undefined
  if (compression !== undefined) return { container: name.startsWith('tar.') ? 'tar' : 'single', compression }
  if (name === '7z' || name === 'rar')
    throw new ArchiveProblem(
      'format',
      `${name} archives are not read or made by archive steps: use a command, such as ${name === '7z' ? '7z x FILE' : 'unrar x FILE'}`,
    )
  throw new ArchiveProblem('settings', `format ${JSON.stringify(written)} is not known`)
}

const byName = (path: string): string | undefined => {
  const lower = path.toLowerCase()
  return NAMES.find(name => lower.endsWith(`.${name}`))
}

const MAGIC: readonly [name: string, at: number, bytes: string][] = [
  ['zip', 0, '504b0304'],
  ['zip', 0, '504b0506'],
  ['gz', 0, '1f8b'],
  ['bz2', 0, '425a68'],
  ['xz', 0, 'fd377a585a00'],
  ['zst', 0, '28b52ffd'],
  ['lz4', 0, '04224d18'],
  ['7z', 0, '377abcaf271c'],
  ['rar', 0, '526172211a07'],
  ['tar', 257, '7573746172'],
]

function byContent(path: string): string | undefined {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(512)
    const hex = head.subarray(0, readSync(file, head)).toString('hex')
    const found = MAGIC.find(([, at, bytes]) => hex.startsWith(bytes, at * 2))?.[0]
    // A compressed file without an ending that says otherwise is most likely a compressed tar.
    return found !== undefined && COMPRESSIONS.includes(found) ? `tar.${found}` : found
  } finally {
    closeSync(file)
  }
}

/** The format of an archive that is to be read. @throws ArchiveProblem */
export function formatOfSource(path: string, setting: string): Format {
  const name = setting !== '' ? setting : (byName(path) ?? byContent(path))
  if (name === undefined) throw new ArchiveProblem('format', `${path}: its format is not known: set format`)
  return formatOf(name)
}

/** The format of an archive that is to be made. @throws ArchiveProblem */
export function formatOfDestination(path: string, setting: string): Format {
  const name = setting !== '' ? setting : byName(path)
  if (name === undefined) throw new ArchiveProblem('settings', `${path}: its ending names no format: set format`)
  return formatOf(name)
}

/** `notes.txt.gz` holds `notes.txt`. */
export const nameWithin = (archive: string, { compression }: Format): string =>
  archive.toLowerCase().endsWith(`.${compression}`) ? archive.slice(0, -(compression!.length + 1)) : `${archive}.out`
