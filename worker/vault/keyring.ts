// Keys of the Vault and what they lock: AES-256-GCM. Promise: a text opens only with its key and under the very name it was sealed
// for; anything else is an error value that says why, without the value.
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { err, ok, type Result } from '@edgedag/core/result'

const IV_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
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
      return open(byId, { id, data, binding }, ({ master }) => expand(master, `edgedag/${purpose}`))
    },
    derive: purpose =>
      [...byId.values()].map(({ id, master }) => ({ id, key: toBase64url(expand(master, `edgedag/${purpose}`)) })),
  }
}

const NO_KEY = 'the installation has no vault key: set the Worker secret VAULT_KEYS (docs/guide/secrets.md)'

function readKey(text: string, index: number): Key {
  const master = fromBase64(text)
  if (master === null || master.length !== KEY_BYTES)
    throw new Error(`VAULT_KEYS: key ${index + 1} is not ${KEY_BYTES} bytes of base64`)
  const id = createHash('sha256').update(master).digest('hex').slice(0, 8)
  return { id, master, values: expand(master, 'edgedag/vault') }
}

const expand = (master: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', master, new Uint8Array(0), purpose, KEY_BYTES))

function seal({ id, values }: Key, text: string, binding: string, ivHex: string): string {
  const iv = fromHex(ivHex)
  if (iv.length !== IV_BYTES) throw new Error(`an IV has ${IV_BYTES} bytes`)
  const cipher = createCipheriv('aes-256-gcm', values, iv).setAAD(utf8(binding))
  const parts = [iv, cipher.update(utf8(text)), cipher.final(), cipher.getAuthTag()]
  return `e1.${id}.${toBase64url(concat(parts))}`
}

function open(
  byId: ReadonlyMap<string, Key>,
  { id, data, binding }: { id: string; data: string; binding: string },
  keyOf: (key: Key) => Uint8Array,
): Result<string, string> {
  const key = byId.get(id)
  if (id === '') return err('what is stored is damaged')
  if (key === undefined) return err(`it is encrypted with key ${id}, which this installation does not have`)
  const bytes = fromBase64(data)
  if (bytes === null || bytes.length < IV_BYTES + TAG_BYTES) return err('what is stored is damaged')
  const end = bytes.length - TAG_BYTES
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key), bytes.subarray(0, IV_BYTES))
    decipher.setAAD(utf8(binding)).setAuthTag(bytes.subarray(end))
    const plain = concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()])
    return ok(new TextDecoder().decode(plain))
  } catch {
    return err('what is stored was changed, or belongs elsewhere: it does not open')
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), char => char.charCodeAt(0))
  } catch {
    return null
  }
}
