// From names to Dag objects. Promise: a name finds its DAG whether it was stored as a file or sent inline.
import type { Stub } from '../host/port.ts'
import { type DagApi, type DirectoryApi, SINGLETON } from '../objects/contracts.ts'
import type { ApiDeps } from './deps.ts'

export interface FoundDag {
  dagId: string
  dag: Stub<DagApi>
}

export const directory = (deps: ApiDeps): Stub<DirectoryApi> => deps.object('directory', SINGLETON)

/** The DAG of a file; null: there is none. */
export async function findDag(deps: ApiDeps, fileName: string): Promise<FoundDag | null> {
  const dagId = await directory(deps).dagId(fileName, false)
  return dagId === null ? null : { dagId, dag: deps.object('dag', dagId) }
}

/** The DAGs that may hold runs of this name, likeliest first: the file of that name, then the inline one. */
export async function* dagsNamed(deps: ApiDeps, name: string): AsyncGenerator<FoundDag> {
  const file = await findDag(deps, name)
  if (file !== null) yield file
  const dagId = await directory(deps).inlineDagId(name)
  yield { dagId, dag: deps.object('dag', dagId) }
}
