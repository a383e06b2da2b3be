// Which calls a role may make: the server's own table (core/api/generated/access.ts), so that a page offers what will not be refused.
import { type ApiCall, LOWEST_ROLE, ROLES, type Role } from '@edgedag/core/api/generated/access'

export type { ApiCall, Role }
export { ROLES }

/** A role that is not known, or not known yet, hides nothing: the server decides anyway. */
export function mayCall(role: string | undefined, call: ApiCall): boolean {
  const rank = ROLES.indexOf(role as Role)
  return rank < 0 || rank >= ROLES.indexOf(LOWEST_ROLE[call])
}

/** Why a call would be refused; undefined when it would not. */
export const refusalOf = (role: string | undefined, call: ApiCall): string | undefined =>
  mayCall(role, call) ? undefined : `This takes the role ${LOWEST_ROLE[call]} or above; you are signed in as ${role}.`
