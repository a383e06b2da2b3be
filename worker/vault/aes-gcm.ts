// AES-256-GCM on bytes, as workerd offers it synchronously: an IV, what is locked, and its tag, in one piece.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { concat, fromBase64, toBase64url } from '../bytes.ts'

export const IV_BYTES = 12
export const KEY_BYTES = 32
const TAG_BYTES = 16

/** Locks a text under a name; `iv` must never have been used with this key. In base64url. */
export function lock(key: Uint8Array, iv: Uint8Array, text: string, binding: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(utf8(binding))
  return toBase64url(concat([iv, cipher.update(utf8(text)), cipher.final(), cipher.getAuthTag()]))
}

/** Null: it is damaged, or no such text. Throws where the key or the name is another. */
export function unlock(key: Uint8Array, data: string, binding: string): string | null {
  const bytes = fromBase64(data)
  if (bytes === null || bytes.length < IV_BYTES + TAG_BYTES) return null
  const end = bytes.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
  decipher.setAAD(utf8(binding)).setAuthTag(bytes.subarray(end))
  return new TextDecoder().decode(concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]))
}

/** A key for one purpose. */
export const deriveKey = (key: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), purpose, KEY_BYTES))

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
