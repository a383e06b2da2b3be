// The folder that is the source of DAGs on one machine. Promise: a save reaches the folder before it reaches the store,
// and never overwrites what somebody else wrote there meanwhile.

import { err, ok, type Result } from '@edgedag/core/result'
import type { Refusal } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { problem } from './problem.ts'

const BASE = 'http://folder'

const send = (deps: ApiDeps, method: string, path: string, body?: unknown): Promise<Response> | null =>
  deps.dagFolder?.fetch(
    new Request(BASE + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }),
  ) ?? null

async function member(response: Response, name: string): Promise<string> {
  const body: unknown = await response.json().catch(() => null)
  const value = body !== null && typeof body === 'object' ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : ''
}

export const conflict = (expected: string, actual: string): Refusal =>
  problem('conflict', 'The DAG was changed by somebody else since it was read', { expected, actual })

async function refusal(response: Response, expected: string): Promise<Refusal> {
  if (response.status === 409) return conflict(expected, await member(response, 'actual'))
  return problem('unavailable', `The DAG folder answered ${response.status}`)
}

/** Writes a file. `ifHash`: hash it must still have, null: it must not exist, absent: whatever is there. Ok(null) without a folder. */
export async function saveToFolder(
  deps: ApiDeps,
  fileName: string,
  spec: string,
  ifHash?: string | null,
): Promise<Result<string | null, Refusal>> {
  const sent = send(deps, 'PUT', `/${fileName}`, { spec, ...(ifHash === undefined ? {} : { ifHash }) })
  if (sent === null) return ok(null)
  const response = await sent
  return response.ok ? ok(await member(response, 'hash')) : err(await refusal(response, ifHash ?? ''))
}

/** Deletes a file; one that is gone already is no error. Null: done, or no folder. */
export async function deleteFromFolder(deps: ApiDeps, fileName: string): Promise<Refusal | null> {
  const sent = send(deps, 'DELETE', `/${fileName}`)
  if (sent === null) return null
  const response = await sent
  return response.ok || response.status === 404 ? null : refusal(response, '')
}

/** Renames a file. Null: done, or no folder. */
export async function renameInFolder(deps: ApiDeps, from: string, to: string): Promise<Refusal | null> {
  const sent = send(deps, 'POST', '/rename', { from, to })
  if (sent === null) return null
  const response = await sent
  if (response.ok || response.status === 404) return null
  return response.status === 409 ? problem('already_exists', `A DAG file ${to} exists already`) : refusal(response, '')
}
