// The settings of an archive step as the work needs them: paths are absolute, texts from variables are what they stand for.
import { resolve } from 'node:path'
import { type Patterns, patternsOf } from './patterns.ts'
import { ArchiveProblem } from './problem.ts'

export interface ArchiveSettings {
  source: string
  /** '' where there is none. */
  destination: string
  format: string
  /** A password was given. */
  isEncrypted: boolean
  compressionLevel: number
  overwrite: boolean
  preservePaths: boolean
  stripComponents: number
  patterns: Patterns
  dryRun: boolean
  followSymlinks: boolean
  verify: boolean
  continueOnError: boolean
  /** Each file is said. */
  verbose: boolean
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value).trim())

function flag(value: unknown, name: string, absent = false): boolean {
  const word = text(value).toLowerCase()
  if (word === '') return absent
  if (/^(?:true|1|yes|on)$/.test(word)) return true
  if (/^(?:false|0|no|off)$/.test(word)) return false
  throw new ArchiveProblem('settings', `${name} must be true or false, not ${JSON.stringify(value)}`)
}

function whole(value: unknown, name: string, absent: number, least: number): number {
  const word = text(value)
  if (word === '') return absent
  if (!/^-?\d+$/.test(word) || Number(word) < least)
    throw new ArchiveProblem('settings', `${name} must be a whole number from ${least}, not ${JSON.stringify(value)}`)
  return Number(word)
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map(text).filter(item => item !== '')

/** @throws ArchiveProblem */
export function readSettings(config: Readonly<Record<string, unknown>>, cwd: string): ArchiveSettings {
  const source = text(config.source)
  if (source === '') throw new ArchiveProblem('settings', 'source is missing')
  const destination = text(config.destination)
  return {
    source: resolve(cwd, source),
    destination: destination === '' ? '' : resolve(cwd, destination),
    format: text(config.format).toLowerCase(),
    isEncrypted: text(config.password) !== '',
    compressionLevel: whole(config.compression_level, 'compression_level', -1, -1),
    overwrite: flag(config.overwrite, 'overwrite'),
    preservePaths: flag(config.preserve_paths, 'preserve_paths', true),
    stripComponents: whole(config.strip_components, 'strip_components', 0, 0),
    patterns: patternsOf(texts(config.include), texts(config.exclude)),
    dryRun: flag(config.dry_run, 'dry_run'),
    followSymlinks: flag(config.follow_symlinks, 'follow_symlinks'),
    verify: flag(config.verify_integrity, 'verify_integrity'),
    continueOnError: flag(config.continue_on_error, 'continue_on_error'),
    verbose: flag(config.verbose, 'verbose'),
  }
}
