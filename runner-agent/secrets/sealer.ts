// AES-256-GCM on the host: what a run keeps of its secrets is unreadable without a key. Promise: a text opens only with its key and
// under the name it was sealed for.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

export interface SealKey {
  id: string
  /** 32 bytes, base64url. */
  key: string
}

export interface Sealer {
  seal(text: string, binding: string): string
  /** Undefined: another key, another name, or damaged. */
  open(sealed: string, binding: string): string | undefined
  /** Digests of a text under each key, the current one first: equal for equal texts, and of no use to whoever guesses. */
  tags(text: string, binding: string): string[]
}

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
        const own = Buffer.from(hkdfSync('sha256', key, '', 'edgedag/tag', KEY_BYTES))
        return createHmac('sha256', own).update(`${binding}\0${text}`).digest('base64url')
      }),
    seal(text, binding) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', byId.get(first.id)!, iv).setAAD(Buffer.from(binding))
      const data = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `s1.${first.id}.${data.toString('base64url')}`
    },
    open(sealed, binding) {
      const [format, id = '', text = ''] = sealed.split('.')
      const key = byId.get(id)
      const data = Buffer.from(text, 'base64url')
      if (format !== 's1' || key === undefined || data.length < IV_BYTES + TAG_BYTES) return undefined
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
