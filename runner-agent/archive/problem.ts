// Why work on an archive ends, with the exit code of its class: scripts and `exit_code` policies tell them apart.

export const EXIT_CODES = {
  /** A setting that cannot be used. */
  settings: 2,
  /** There is no such file or folder. */
  missing: 3,
  /** It is there already, and `overwrite` is off. */
  exists: 4,
  /** A kind of archive that cannot be read or made here. */
  format: 5,
  /** It is encrypted. */
  encrypted: 6,
  /** It is damaged. */
  damaged: 7,
  /** An entry would land outside of the destination. */
  outside: 8,
  permission: 9,
  space: 10,
  /** More than is taken. */
  size: 11,
  /** A program that the format needs is not installed. */
  program: 12,
  other: 13,
  /** With `continue_on_error`: some files were left out. */
  partly: 14,
} as const

export type ProblemClass = keyof typeof EXIT_CODES

export class ArchiveProblem extends Error {
  readonly exitCode: number
  constructor(of: ProblemClass, message: string) {
    super(message)
    this.exitCode = EXIT_CODES[of]
  }
}

const BY_CODE: Readonly<Record<string, ProblemClass>> = {
  ENOENT: 'missing',
  EEXIST: 'exists',
  ENOTDIR: 'missing',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'permission',
  ENOSPC: 'space',
  EDQUOT: 'space',
}

/** Any error as a problem with its class. */
export function problemOf(error: unknown): ArchiveProblem {
  if (error instanceof ArchiveProblem) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  if (BY_CODE[code] !== undefined) return new ArchiveProblem(BY_CODE[code], message)
  const isDamaged =
    /^(?:Z_|ERR__ZSTD|ZSTD_|TAR_)/.test(code) || /zstd|checksum|invalid|unexpected end|truncated|corrupt/i.test(message)
  return new ArchiveProblem(isDamaged ? 'damaged' : 'other', message)
}
