// Keys of the Vault and what they lock: AES-256-GCM. Promise: a text opens only with its key and under the very name it was sealed
// for; anything else is an error value that says why, without the value.
import { createHash } from 'node:crypto'
import { err, ok, type Result } from '@edgedag/core/result'
import { fromBase64, toBase64url } from '../bytes.ts'
import { deriveKey, IV_BYTES, KEY_BYTES, lock, unlock } from './aes-gcm.ts'

/** As a runner's sealer writes it. */
const HOST_FORMAT = /^s1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/
const FORMAT = /^e1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/

interface Key {
  id: string
  master: Uint8Array
  values: Uint8Array
}

export interface Keyring {
  /** Null: no key is configured; nothing can be sealed. */
  readonly currentId: string | null
  /** All ids, the current one first. */
  readonly ids: string[]
  /** `binding` names what the text belongs to: it opens under the same name only. `iv`: 24 hex characters, never used before. */
  seal(text: string, binding: string, iv: string): Result<string, string>
  open(sealed: string, binding: string): Result<string, string>
  /** Opens what a host has sealed with a derived key (`derive`) for this purpose. */
  openDerived(purpose: string, sealed: string, binding: string): Result<string, string>
  /** A key of its own for one purpose, by key id, newest first. */
  derive(purpose: string): { id: string; key: string }[]
}

/** Id of the key that a text was sealed with; null: it is no sealed text. */
export const keyIdOf = (sealed: string): string | null => FORMAT.exec(sealed)?.[1] ?? null

/**
 * Reads `VAULT_KEYS`: base64 or base64url texts of 32 bytes each, by commas, blanks or lines, the current key first.
 * A text that is no such key is a configuration fault.
 * @throws Error naming the position of the bad key
 */
export function readKeyring(text: string): Keyring {
  const keys = text
    .split(/[\s,]+/)
    .filter(part => part !== '')
    .map(readKey)
  const byId = new Map(keys.map(key => [key.id, key]))
  const current = keys[0]
  return {
    currentId: current?.id ?? null,
    ids: [...byId.keys()],
    seal: (text, binding, iv) => (current === undefined ? err(NO_KEY) : ok(seal(current, text, binding, iv))),
    open: (sealed, binding) => {
      const [, id = '', data = ''] = FORMAT.exec(sealed) ?? []
      return open(byId, { id, data, binding }, ({ values }) => values)
    },
    openDerived: (purpose, sealed, binding) => {
      const [, id = '', data = ''] = HOST_FORMAT.exec(sealed) ?? []
      return open(byId, { id, data, binding }, ({ master }) => deriveKey(master, `edgedag/${purpose}`))
    },
    derive: purpose =>
      [...byId.values()].map(({ id, master }) => ({ id, key: toBase64url(deriveKey(master, `edgedag/${purpose}`)) })),
  }
}

const NO_KEY = 'the installation has no vault key: set the Worker secret VAULT_KEYS (docs/guide/secrets.md)'

function readKey(text: string, index: number): Key {
  const master = fromBase64(text)
  if (master === null || master.length !== KEY_BYTES)
    throw new Error(`VAULT_KEYS: key ${index + 1} is not ${KEY_BYTES} bytes of base64`)
  const id = createHash('sha256').update(master).digest('hex').slice(0, 8)
  return { id, master, values: deriveKey(master, 'edgedag/vault') }
}

function seal({ id, values }: Key, text: string, binding: string, ivHex: string): string {
  const iv = fromHex(ivHex)
  if (iv.length !== IV_BYTES) throw new Error(`an IV has ${IV_BYTES} bytes`)
  return `e1.${id}.${lock(values, iv, text, binding)}`
}

function open(
  byId: ReadonlyMap<string, Key>,
  { id, data, binding }: { id: string; data: string; binding: string },
  keyOf: (key: Key) => Uint8Array,
): Result<string, string> {
  const key = byId.get(id)
  if (id === '') return err('what is stored is damaged')
  if (key === undefined) return err(`it is encrypted with key ${id}, which this installation does not have`)
  try {
    const text = unlock(keyOf(key), data, binding)
    return text === null ? err('what is stored is damaged') : ok(text)
  } catch {
    return err('what is stored was changed, or belongs elsewhere: it does not open')
  }
}

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
