// Enrolment: a one-time token becomes a runner with a credential of its own.
import { err, ok, type Result } from '@edgedag/core/result'
import type { Credentials } from '../state/credentials.ts'

export interface EnrolRequest {
  /** Base address of the control plane, e.g. `https://edgedag.example.com`. */
  url: string
  token: string
  name: string
  labels: Record<string, string>
}

/** Asks for a credential. A refusal carries what the control plane said. */
export const enrol = async (
  request: EnrolRequest,
  fetcher: typeof fetch = fetch,
): Promise<Result<Credentials, string>> => {
  const { url, token, name, labels } = request
  let response: Response
  try {
    response = await fetcher(new URL('/api/v1/runners/enrol', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, name, labels }),
      signal: AbortSignal.timeout(30_000),
    })
  } catch (error) {
    return err(`cannot reach ${url}: ${reasonOf(error)}`)
  }
  const text = await response.text()
  if (!response.ok) return err(`${url} refused the enrolment token (HTTP ${response.status})${detailOf(text)}`)
  const { runnerId, credential } = parseJson(text)
  if (typeof runnerId !== 'string' || typeof credential !== 'string')
    return err(`${url} answered the enrolment with something else than a credential`)
  return ok({ url, runnerId, credential })
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}

const detailOf = (text: string): string => {
  const { message } = parseJson(text)
  return typeof message === 'string' ? `: ${message}` : ''
}

const parseJson = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
