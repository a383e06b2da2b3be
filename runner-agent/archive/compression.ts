// Streams that compress and decompress: the platform's own for gzip and zstd, the programs of the host for the rest.
import { spawn } from 'node:child_process'
import { Duplex, PassThrough } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Compression } from './format.ts'
import { ArchiveProblem } from './problem.ts'

/** Programs that all read standard input and write standard output. */
const PROGRAMS = { bz2: 'bzip2', xz: 'xz', lz4: 'lz4', zst: 'zstd' } as const

type Zstd = {
  createZstdCompress?(options: object): Duplex
  createZstdDecompress?(): Duplex
  constants: { ZSTD_c_compressionLevel?: number }
}
const zstd = zlib as unknown as Zstd

function program(name: keyof typeof PROGRAMS, args: string[], signal: AbortSignal, path: string | undefined): Duplex {
  const command = PROGRAMS[name]
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    env: path === undefined ? {} : { PATH: path },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-500)
  })
  const output = new PassThrough()
  const fail = (error: Error) => output.destroy(error)
  child.on('error', (error: NodeJS.ErrnoException) =>
    fail(
      error.code === 'ENOENT'
        ? new ArchiveProblem('program', `the program ${command} is not installed on this host, and ${name} needs it`)
        : error,
    ),
  )
  // What it could not be told is said by how it ends.
  child.stdin.on('error', () => {})
  child.stdout.on('error', fail)
  child.stdout.pipe(output, { end: false })
  // Nobody wants the rest.
  output.on('close', () => child.kill())
  child.on('close', code => {
    if (code === 0) output.end()
    else fail(new ArchiveProblem('damaged', `${command}: ${said.trim() || `exit status ${code}`}`))
  })
  return Duplex.from({ writable: child.stdin, readable: output })
}

const level = (at: number, least: number, most: number): number => Math.min(Math.max(at, least), most)

export interface CompressionOptions {
  signal: AbortSignal
  /** Of the step, to find programs in. */
  path: string | undefined
}

/** @throws ArchiveProblem */
export function compressor(of: Compression, wanted: number, { signal, path }: CompressionOptions): Duplex {
  if (of === 'gz') return zlib.createGzip(wanted < 0 ? {} : { level: level(wanted, 0, 9) })
  if (of === 'zst' && zstd.createZstdCompress !== undefined) {
    const key = zstd.constants.ZSTD_c_compressionLevel!
    return zstd.createZstdCompress(wanted < 0 ? {} : { params: { [key]: level(wanted, 1, 22) } })
  }
  const flag = wanted < 0 ? [] : [`-${level(wanted, of === 'xz' ? 0 : 1, of === 'zst' ? 19 : 9)}`]
  return program(of, ['-c', ...flag], signal, path)
}

/** @throws ArchiveProblem */
export function decompressor(of: Compression, { signal, path }: CompressionOptions): Duplex {
  if (of === 'gz') return zlib.createGunzip()
  if (of === 'zst' && zstd.createZstdDecompress !== undefined) return zstd.createZstdDecompress()
  return program(of, ['-d', '-c'], signal, path)
}
