// The DAG folder of a host, or a pushed directory, as source of DAGs. Promise: each file ends as stored or as listed with its errors.
import { z } from '@hono/zod-openapi'
import { MAX_SPEC_BYTES } from '../body.ts'
import { problemTexts } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { json, route } from '../route.ts'
import { Loose, Name } from '../schemas.ts'
import { forgetDag } from './dag-write.ts'

const Sync = z.looseObject({
  runner: z.string().min(1).max(128),
  dir: z.string().min(1).max(4096),
  files: z
    .array(z.object({ fileName: Name, spec: z.string() }))
    .max(1_000)
    .default([]),
  removed: z.array(Name).max(10_000).default([]),
})
type Sync = z.output<typeof Sync>
type File = Sync['files'][number]

const MAX_SYNC_BYTES = 32 * 1024 * 1024
const AT_ONCE = 8

async function storeFile(deps: ApiDeps, source: { runner: string; dir: string }, { fileName, spec }: File) {
  if (spec.length > MAX_SPEC_BYTES) return { fileName, errors: [`the file is larger than ${MAX_SPEC_BYTES} bytes`] }
  const dagId = await directory(deps).dagId(fileName, true)
  if (dagId === null) return { fileName, errors: ['the catalogue did not take the file'] }
  const stored = await deps.object('dag', dagId).putSpec({ dagId, fileName, spec, source, force: true })
  if (stored.ok) return { fileName, hash: stored.value.hash, errors: problemTexts(stored.value.problems) }
  return { fileName, hash: stored.error.actual, errors: problemTexts(stored.error.problems) }
}

/** Only DAGs of this very folder are removed: a name may have been taken over by another source meanwhile. */
async function removeFile(deps: ApiDeps, source: { runner: string; dir: string }, fileName: string): Promise<boolean> {
  const dagId = await directory(deps).dagId(fileName, false)
  const record = dagId === null ? null : await deps.object('dag', dagId).get()
  if (dagId === null || (record?.source && record.source.dir !== source.dir)) return false
  await forgetDag(deps, fileName, dagId)
  return true
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
      answers: { 200: z.object({ files: z.array(Loose), removed: z.array(z.string()) }) },
    },
    async ({ body, deps }) => {
      const source = { runner: body.runner, dir: body.dir }
      const files = await inBatches(body.files, file => storeFile(deps, source, file))
      const removed = await inBatches(body.removed, async name =>
        (await removeFile(deps, source, name)) ? [name] : [],
      )
      return json({ files, removed: removed.flat() })
    },
  ),
]
