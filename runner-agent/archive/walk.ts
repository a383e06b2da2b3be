// What a folder holds, in the order of names: every file once, links as links unless they are to be followed.
import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { MAX_ENTRIES } from './entry.ts'
import type { Patterns } from './patterns.ts'
import { ArchiveProblem } from './problem.ts'

export interface Found {
  /** On the disk. */
  path: string
  /** In the archive. */
  name: string
  kind: 'file' | 'folder' | 'link'
  stat: Stats
  target?: string
}

export interface WalkOptions {
  patterns: Patterns
  follow: boolean
  /** Absolute paths that are passed over: the archive itself. */
  without: ReadonlySet<string>
  /** Told of what is neither file, folder nor link. */
  skip(path: string): void
  /** Told of what cannot be read; false: it ends the walk. */
  failed(error: unknown): boolean
}

/** The source under its own name, and everything in it. */
export function* walk(source: string, options: WalkOptions): Generator<Found> {
  let count = 0
  for (const found of below(source, basename(source), options, new Set())) {
    if (++count > MAX_ENTRIES) throw new ArchiveProblem('size', `there are more than ${MAX_ENTRIES} files`)
    yield found
  }
}

function* below(path: string, name: string, options: WalkOptions, inside: ReadonlySet<string>): Generator<Found> {
  const { patterns, follow, without, skip, failed } = options
  if (without.has(path) || patterns.isExcluded(name)) return
  let names: string[]
  let real: string
  try {
    const stat = follow || inside.size === 0 ? statSync(path) : lstatSync(path)
    if (!stat.isDirectory()) {
      if (!patterns.isIncluded(name)) return
      if (stat.isSymbolicLink()) yield { path, name, kind: 'link', stat, target: readlinkSync(path) }
      else if (stat.isFile()) yield { path, name, kind: 'file', stat }
      else skip(path)
      return
    }
    real = realpathSync(path)
    // A link to a folder that it is in itself.
    if (inside.has(real)) return skip(path)
    names = readdirSync(path).sort()
    if (patterns.isIncluded(name)) yield { path, name, kind: 'folder', stat }
  } catch (error) {
    if (failed(error)) return
    throw error
  }
  for (const each of names) yield* below(join(path, each), `${name}/${each}`, options, new Set([...inside, real]))
}
