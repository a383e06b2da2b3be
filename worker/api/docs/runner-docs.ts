// The documents that a runner may see and change, by what it is given now: a verified token may be believed for a while, rights are not.
import { mayUseDoc, NO_WORKSPACE } from '@edgedag/core/docs/grant'
import type { Principal } from '../../auth/authenticator.ts'
import type { Refusal } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem, unauthorized } from '../problem.ts'
import { workspaceNames } from './doc-store.ts'

export interface RunnerDocs {
  mayRead(id: string): boolean
  /** Null: it may store this document. */
  refuseWrite(id: string): Refusal | null
}

/** What the caller may do; a refusal where it is given no documents at all. */
export async function docsOfRunner(deps: ApiDeps, caller: Principal | null): Promise<RunnerDocs | Refusal> {
  const grant = caller === null ? null : await directory(deps).runnerDocs(caller.id)
  if (grant === null) return unauthorized()
  if (grant.access === 'none') return problem('forbidden', 'this runner is given no documents')
  const names = grant.workspaces?.includes(NO_WORKSPACE) ? await workspaceNames(deps) : new Set<string>()
  return {
    mayRead: id => mayUseDoc(grant, id, 'read', names),
    refuseWrite: id =>
      mayUseDoc(grant, id, 'write', names)
        ? null
        : problem('forbidden', `this runner may not store the document ${id}`),
  }
}
