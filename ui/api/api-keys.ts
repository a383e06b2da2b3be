// Calls about API keys. The text of a key comes once, in the answer that makes it.
import { get, post, request, segments } from './client.ts'

export const ROLES = ['viewer', 'operator', 'developer', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface ApiKey {
  id: string
  name: string
  description: string
  role: string
  keyPrefix: string
  createdBy: string
  createdAt: string
  lastUsedAt: string | null
}

export const apiKeyKeys = { list: ['api-keys'] as const }

export const fetchApiKeys = (signal?: AbortSignal): Promise<{ apiKeys: ApiKey[] }> => get('/api-keys', signal)

export const createApiKey = (key: { name: string; role: Role; description: string }): Promise<{ key: string }> =>
  post('/api-keys', key)

export const deleteApiKey = (id: string): Promise<void> => request('DELETE', `/api-keys${segments(id)}`)
