// Seals at the edge what a host would seal for its run (core/vault/sealer.ts): each opens what the other has written.
import { createHmac } from 'node:crypto'
import { SEALED_FORMAT, type Sealer, type SealKey, TAG_PURPOSE } from '@edgedag/core/vault/sealer'
import { fromBase64 } from '../bytes.ts'
import { deriveKey, IV_BYTES, lock, unlock } from './aes-gcm.ts'

/** Seals with the first key and opens with any; undefined without a key. */
export function createSealer(keys: readonly SealKey[]): Sealer | undefined {
  const byId = new Map(keys.map(({ id, key }) => [id, fromBase64(key) ?? new Uint8Array(0)]))
  const [first] = byId
  if (first === undefined) return undefined
  const [firstId, firstKey] = first
  return {
    tags: (text, binding) =>
      [...byId.values()].map(key =>
        createHmac('sha256', deriveKey(key, TAG_PURPOSE)).update(`${binding}\0${text}`).digest('base64url'),
      ),
    seal: (text, binding) =>
      `${SEALED_FORMAT}.${firstId}.${lock(firstKey, crypto.getRandomValues(new Uint8Array(IV_BYTES)), text, binding)}`,
    open(sealed, binding) {
      const [format, id = '', data = ''] = sealed.split('.')
      const key = byId.get(id)
      if (format !== SEALED_FORMAT || key === undefined) return undefined
      try {
        return unlock(key, data, binding) ?? undefined
      } catch {
        return undefined
      }
    },
  }
}
