// Calls about the registry of secrets. Values go in and never come out.

import type {
  Answers,
  RegistrySecret,
  RegistrySecretDetails as SecretDetails,
} from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, request, segments } from './client.ts'

export type { RegistrySecret, SecretDetails }

export const secretKeys = {
  list: ['secrets'] as const,
  one: (id: string) => ['secret', id] as const,
}

const LIMIT = 500

export const fetchSecrets = (signal?: AbortSignal): Promise<Answers['GET /secrets']> =>
  get(`/secrets?limit=${LIMIT}`, signal)

export const fetchSecret = (id: string, signal?: AbortSignal): Promise<SecretDetails> =>
  get(`/secrets${segments(id)}`, signal)

export const createSecret = (secret: Bodies['POST /secrets']): Promise<RegistrySecret> => post('/secrets', secret)

export const rotateSecret = (id: string, value: string): Promise<RegistrySecret> =>
  post(`/secrets${segments(id)}/versions`, { value } satisfies Bodies['POST /secrets/{secretId}/versions'])

export const setSecretStatus = (id: string, status: RegistrySecret['status']): Promise<RegistrySecret> =>
  post(`/secrets${segments(id)}/${status === 'active' ? 'enable' : 'disable'}`)

export const deleteSecret = (id: string): Promise<void> => request('DELETE', `/secrets${segments(id)}`)
