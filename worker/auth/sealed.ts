// Texts that must come back as they were, at rest only encrypted: AES-256-GCM under a key that is derived from the installation's
// signing key, a secret of the Worker. Promise: a sealed text opens only under the name that it was sealed for.
import { base64urlOf, fromBase64url, hmac, utf8 } from './hash.ts'

const PREFIX = 'v1.'
const IV_BYTES = 12

const keyOf = async (signingKey: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', await hmac(utf8(signingKey), 'seal/v1'), 'AES-GCM', false, ['encrypt', 'decrypt'])

/** `name` says what the text is and whose, e.g. `webhook/{dag id}`. */
export async function seal(signingKey: string, name: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const options = { name: 'AES-GCM', iv, additionalData: utf8(name) }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(options, await keyOf(signingKey), utf8(text)))
  const bytes = new Uint8Array(iv.byteLength + sealed.byteLength)
  bytes.set(iv)
  bytes.set(sealed, iv.byteLength)
  return PREFIX + base64urlOf(bytes)
}

/** Null: another key, another name, or not what was sealed. */
export async function unseal(signingKey: string, name: string, sealed: string): Promise<string | null> {
  const bytes = sealed.startsWith(PREFIX) ? fromBase64url(sealed.slice(PREFIX.length)) : null
  if (bytes === null || bytes.byteLength <= IV_BYTES) return null
  const options = { name: 'AES-GCM', iv: bytes.slice(0, IV_BYTES), additionalData: utf8(name) }
  try {
    const opened = await crypto.subtle.decrypt(options, await keyOf(signingKey), bytes.slice(IV_BYTES))
    return new TextDecoder().decode(opened)
  } catch {
    return null
  }
}
