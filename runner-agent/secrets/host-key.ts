// The key of this host: what is on its disk of a run's secrets is sealed with it. A file of mode 0600, made when first needed.
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Sealer, SealKey } from '@edgedag/core/vault/sealer'
import { createSealer } from './sealer.ts'

const KEY_BYTES = 32

export interface HostKey extends Sealer {
  readonly key: SealKey
}

/** Opens lazily: a host whose runs have no secrets has no such file. Throws what the file system throws, and for a broken file. */
export const hostKeyAt = (path: string): (() => HostKey) => {
  let known: HostKey | undefined
  return () => {
    if (known === undefined) {
      const key = { id: 'host', key: readOrCreate(path) }
      known = { key, ...createSealer([key])! }
    }
    return known
  }
}

const readOrCreate = (path: string): string => {
  try {
    const fd = openSync(path, 'wx', 0o600)
    writeSync(fd, `${randomBytes(KEY_BYTES).toString('base64url')}\n`)
    fsyncSync(fd)
    closeSync(fd)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = readFileSync(path, 'utf8').trim()
  if (Buffer.from(text, 'base64url').length !== KEY_BYTES) throw new Error(`${path} is not a key of ${KEY_BYTES} bytes`)
  return text
}
