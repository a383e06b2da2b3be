// API keys as the Directory keeps them: their text is known to their owner only.
import type { Result } from '@edgedag/core/result'

export interface ApiKeyRecord {
  id: string
  name: string
  description: string
  role: string
  /** First characters of the key's text, to tell keys apart. */
  keyPrefix: string
  createdBy: string
  createdAt: number
  updatedAt: number
  /** To the hour; null: never. */
  lastUsedAt: number | null
}

type Refused = { code: string; message: string }

export interface ApiKeyApi {
  apiKeys(): ApiKeyRecord[]
  /** `tokenHash`: SHA-256 (hex) of the key's text. Names are unique. */
  createApiKey(request: {
    tokenHash: string
    keyPrefix: string
    name: string
    description: string
    role: string
    by: string
  }): Result<ApiKeyRecord, Refused>
  updateApiKey(
    id: string,
    change: { name?: string; description?: string; role?: string },
  ): Result<ApiKeyRecord, Refused>
  /** Its sessions end with it. False: there is none. */
  removeApiKey(id: string): boolean
}
