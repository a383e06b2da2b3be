// The DAG folder of a host, or a pushed directory, as source of DAGs. Promise: each file ends as stored or as listed with its errors.

import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { SyncedJson } from '../answers/dag.ts'
import { MAX_SPEC_BYTES } from '../body.ts'
import { problemTexts } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { resolveSource, type Source, sameSource, unknownRunner } from '../runner-source.ts'
import { Name, SchemaFiles } from '../schemas.ts'
import { forgetDag } from './dag-write.ts'

const Sync = z.looseObject({
  runner: z.string().min(1).max(128),
  dir: z.string().min(1).max(4096),
  files: z
    .array(z.object({ fileName: z.string().max(255), spec: z.string(), files: SchemaFiles.optional() }))
    .max(10_000)
    .default([]),
  removed: z.array(z.string().max(255)).max(10_000).default([]),
  /** `files` are all there are: other DAGs of this directory are gone. */
  complete: z.boolean().default(false),
})
type Sync = z.output<typeof Sync>
type File = Sync['files'][number]

const MAX_SYNC_BYTES = 32 * 1024 * 1024
const AT_ONCE = 8

async function storeFile(deps: ApiDeps, source: Source, { fileName, spec, files }: File) {
  // One bad file is its own problem: the others are stored all the same.
  const name = Name.safeParse(fileName)
  if (!name.success) return { fileName, errors: [name.error.issues[0]?.message ?? 'the name is not valid'] }
  if (spec.length > MAX_SPEC_BYTES) return { fileName, errors: [`the file is larger than ${MAX_SPEC_BYTES} bytes`] }
  const dagId = await directory(deps).dagId(fileName, true)
  if (dagId === null) return { fileName, errors: ['the catalogue did not take the file'] }
  const stored = await deps.object('dag', dagId).putSpec({
    dagId,
    fileName,
    spec,
    source,
    force: true,
    ...(files === undefined ? {} : { files }),
  })
  if (stored.ok) return { fileName, hash: stored.value.hash, errors: problemTexts(stored.value.problems) }
  return { fileName, hash: stored.error.actual, errors: problemTexts(stored.error.problems) }
}

interface Listed {
  fileName: string
  dagId: string
}

/** Which DAGs may have to go: those named, or after a complete list all that are not in it. */
async function leavingOf(deps: ApiDeps, body: Sync): Promise<Listed[]> {
  if (!body.complete && body.removed.length === 0) return []
  const there = new Set(body.files.map(({ fileName }) => fileName))
  const named = new Set(body.removed)
  const leaves = ({ fileName }: Listed) => (body.complete ? !there.has(fileName) : named.has(fileName))
  return (await directory(deps).dagIds()).filter(leaves)
}

/** Removes DAGs of this very directory only: a name may have been taken over by another source meanwhile. */
async function removeFiles(deps: ApiDeps, source: Source, body: Sync): Promise<string[]> {
  const leaving = await leavingOf(deps, body)
  if (leaving.length === 0) return []
  const isSame = await sameSource(deps, source)
  const removed = await inBatches(leaving, async ({ fileName, dagId }) => {
    const from = (await deps.object('dag', dagId).get())?.source ?? null
    // A file that is named as removed may have been saved by the page before its directory was told of it.
    if (from === null ? body.complete : !isSame(from)) return []
    await forgetDag(deps, fileName, dagId)
    return [fileName]
  })
  return removed.flat()
}

async function inBatches<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  }
  return results
}

export const sourceRoutes = [
  route(
    {
      method: 'post',
      path: '/source/sync',
      permission: 'source.sync',
      tag: 'dags',
      summary: 'Bring files of a directory in: changed and new ones with their text, removed ones by name',
      body: Sync,
      maxBodyBytes: MAX_SYNC_BYTES,
      answers: { 200: SyncedJson },
    },
    async ({ body, deps }) => {
      const source = await resolveSource(deps, { runner: body.runner, dir: body.dir })
      if (source === null) return problem('bad_request', unknownRunner(body.runner))
      const files = await inBatches(body.files, file => storeFile(deps, source, file))
      return json({ files, removed: await removeFiles(deps, source, body) })
    },
  ),
]
