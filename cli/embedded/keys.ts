// The installation's first API key, its signing key and the keys of its Vault: from the environment or from the state folder, made once, readable by the owner only.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export const MIN_TOKEN_LENGTH = 16

/** Reads a key file, or undefined where there is none. */
export function readKey(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function readOrCreate(file: string, prefix: string): string {
  const known = readKey(file)
  if (known) return known
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const key = prefix + randomBytes(24).toString('base64url')
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return key
}

/** `EDGEDAG_TOKEN` where it is set (throws when it is too short), else the state folder's own key. */
export function firstKey(tokenFile: string, env: NodeJS.ProcessEnv = process.env): string {
  const given = env.EDGEDAG_TOKEN
  if (!given) return readOrCreate(tokenFile, 'edgedag_')
  if (given.length < MIN_TOKEN_LENGTH) {
    throw new Error(
      `EDGEDAG_TOKEN has ${given.length} characters; it must have ${MIN_TOKEN_LENGTH} or more. Use a longer one, or unset it to have one made.`,
    )
  }
  return given
}

/**
 * Keys of the Vault, one a line, the current one first; the file is made with one key. To change it put a new line first
 * (`openssl rand -base64 32`) and start again: values are encrypted anew, and the old lines can go when none is left under them.
 */
export const vaultKeys = (file: string): string => {
  const known = readKey(file)
  if (known) return known
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const key = randomBytes(32).toString('base64url')
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return key
}

export const signingKey = (file: string): string => readOrCreate(file, '')
