// Where a DAG's relative paths resolve. Promise: what is stored names the runner by its id; callers may say its name.

import { SINGLETON } from '../objects/contracts.ts'
import type { ApiDeps } from './deps.ts'
import { directory } from './find-dag.ts'

export interface Source {
  runner: string
  dir: string
}

/** The source with the runner's id for its name or, of a connected one, its host's name; null: no enrolled runner is called so. */
export async function resolveSource(deps: ApiDeps, source: Source): Promise<Source | null> {
  const enrolled = (await directory(deps).runners()).filter(runner => runner.revokedAt === null)
  const found =
    enrolled.find(runner => runner.runnerId === source.runner) ??
    enrolled.findLast(runner => runner.name === source.runner) ??
    (await onHost(deps, source.runner)).find(({ runnerId }) => enrolled.some(runner => runner.runnerId === runnerId))
  return found === undefined ? null : { runner: found.runnerId, dir: source.dir }
}

const onHost = async (deps: ApiDeps, hostname: string) =>
  (await deps.object('fleet', SINGLETON).runners()).filter(runner => runner.hostname === hostname)

export const unknownRunner = (name: string): string =>
  `no runner called ${name} is enrolled: enrol one on the host that has the directory (POST /runners/enrolments)`

/** Tells whether a stored source is this one, also where its host was enrolled anew since under the same name. */
export async function sameSource(deps: ApiDeps, source: Source): Promise<(stored: Source) => boolean> {
  const names = new Map((await directory(deps).runners()).map(({ runnerId, name }) => [runnerId, name]))
  const nameOf = (runner: string): string => names.get(runner) ?? runner
  return stored => stored.dir === source.dir && nameOf(stored.runner) === nameOf(source.runner)
}
