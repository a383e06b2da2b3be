// AES-256-GCM on the host (core/vault/sealer.ts says what it promises).
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { SEALED_FORMAT, type Sealer, type SealKey, TAG_PURPOSE } from '@edgedag/core/vault/sealer'

const IV_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

/** Seals with the first key and opens with any; undefined without a key. */
export const createSealer = (keys: readonly SealKey[]): Sealer | undefined => {
  const first = keys[0]
  if (first === undefined) return undefined
  const byId = new Map(keys.map(({ id, key }) => [id, Buffer.from(key, 'base64url')]))
  return {
    tags: (text, binding) =>
      [...byId.values()].map(key => {
        const own = Buffer.from(hkdfSync('sha256', key, '', TAG_PURPOSE, KEY_BYTES))
        return createHmac('sha256', own).update(`${binding}\0${text}`).digest('base64url')
      }),
    seal(text, binding) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', byId.get(first.id)!, iv).setAAD(Buffer.from(binding))
      const data = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${SEALED_FORMAT}.${first.id}.${data.toString('base64url')}`
    },
    open(sealed, binding) {
      const [format, id = '', text = ''] = sealed.split('.')
      const key = byId.get(id)
      const data = Buffer.from(text, 'base64url')
      if (format !== SEALED_FORMAT || key === undefined || data.length < IV_BYTES + TAG_BYTES) return undefined
      const end = data.length - TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES))
      decipher.setAAD(Buffer.from(binding)).setAuthTag(data.subarray(end))
      try {
        return Buffer.concat([decipher.update(data.subarray(IV_BYTES, end)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
