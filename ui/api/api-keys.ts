// Calls about API keys. The text of a key comes once, in the answer that makes it.

import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { Role } from '../lib/access.ts'
import { get, post, request, segments } from './client.ts'

export type { APIKey as ApiKey } from '@edgedag/core/api/generated/answers'

export const apiKeyKeys = { list: ['api-keys'] as const }

export const fetchApiKeys = (signal?: AbortSignal): Promise<Answers['GET /api-keys']> => get('/api-keys', signal)

export const createApiKey = (key: Bodies['POST /api-keys'] & { role: Role }): Promise<Answers['POST /api-keys']> =>
  post('/api-keys', key)

export const deleteApiKey = (id: string): Promise<void> => request('DELETE', `/api-keys${segments(id)}`)
