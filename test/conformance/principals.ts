// Who acts in a case: the installation's own key, or one of a role, made when it is first wanted.
import { type ApiClient, createApiClient } from '../../cli/client/api-client.ts'

const made = new WeakMap<ApiClient, Map<string, Promise<ApiClient>>>()
let counter = 0

async function make(client: ApiClient, role: string): Promise<ApiClient> {
  counter += 1
  const { key } = await client.post<{ key: string }>('/api-keys', {
    name: `conformance-${role}-${counter}`,
    role,
    allowedSurfaces: ['rest_api'],
  })
  return createApiClient(client.url, key)
}

/** The client of a role; without one, that of the host, an admin. */
export async function clientOf(client: ApiClient, role: string | undefined): Promise<ApiClient> {
  if (role === undefined || role === 'admin') return client
  const keys = made.get(client) ?? new Map<string, Promise<ApiClient>>()
  made.set(client, keys)
  const known = keys.get(role) ?? make(client, role)
  keys.set(role, known)
  return known
}
