// Calls about the webhook of a DAG.
import { get, post, put, request, segments } from './client.ts'

export type WebhookProvider = 'generic' | 'github' | 'gitlab' | 'stripe' | 'standard'

export interface Webhook {
  tokenPrefix: string
  enabled: boolean
  authMode: 'token_only' | 'token_and_hmac' | 'hmac_only'
  hmac: {
    enabled: boolean
    headerName?: string
    provider?: WebhookProvider
    enforcementMode?: 'strict' | 'observe'
  }
  profileSelection?: { allowedProfiles: string[] }
  createdBy: string
  createdAt: string
  lastUsedAt?: string
}

export interface Delivery {
  id: number
  receivedAt: string
  status: number
  bytes: number
  deliveryId?: string
  note?: string
  dagRunId?: string
}

const path = (file: string): string => `/dags${segments(file)}/webhook`

export const webhookKeys = {
  one: (file: string) => ['webhook', file] as const,
  deliveries: (file: string) => ['webhook-deliveries', file] as const,
}

/** Null: the DAG has none. Read from the list, for which having none is no error. */
export async function fetchWebhook(file: string, signal?: AbortSignal): Promise<Webhook | null> {
  const { webhooks } = await get<{ webhooks: (Webhook & { dagName: string })[] }>('/webhooks', signal)
  return webhooks.find(({ dagName }) => dagName === file) ?? null
}
export const fetchDeliveries = (file: string, signal?: AbortSignal) =>
  get<{ deliveries: Delivery[] }>(`${path(file)}/deliveries`, signal)
export const createWebhook = (file: string) => post<{ token: string }>(path(file))
export const regenerateToken = (file: string) => post<{ token: string }>(`${path(file)}/regenerate`)
export const toggleWebhook = (file: string, enabled: boolean) => post<Webhook>(`${path(file)}/toggle`, { enabled })
export const deleteWebhook = (file: string) => request<void>('DELETE', path(file))
export const enableHmac = (file: string, fields: { authMode: string; provider: string; secret?: string }) =>
  post<{ hmacSecret: string }>(`${path(file)}/hmac/enable`, fields)
export const allowProfiles = (file: string, allowedProfiles: string[]) =>
  put<Webhook>(`${path(file)}/profile-selection`, { allowedProfiles })
export const disableHmac = (file: string) => post<Webhook>(`${path(file)}/hmac/disable`)
