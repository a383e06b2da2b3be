// The profile that a run is started with. Promise: a start names only a profile that exists, is active, and is open to its caller.

import { err, ok, type Result } from '@edgedag/core/result'
import type { Principal } from '../auth/authenticator.ts'
import { type Actor, SINGLETON } from '../objects/contracts.ts'
import type { Refusal } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { refused } from './problem.ts'

export const actorOf = (caller: Principal | null): Actor => ({
  name: caller?.name ?? '',
  admin: caller?.role === 'admin',
})

/** The name for the run's spec (`''` and undefined: none), or the answer that refuses it. `caller` null: a retry. */
export async function usableProfile(
  deps: ApiDeps,
  name: string | undefined,
  caller: Principal | null,
): Promise<Result<string | undefined, Refusal>> {
  if (name === undefined || name === '') return ok(undefined)
  const usable = await deps.object('vault', SINGLETON).usable(name, caller === null ? null : actorOf(caller))
  return usable.ok ? ok(name) : err(refused(usable.error))
}
