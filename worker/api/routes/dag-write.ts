// Creating, saving, renaming and deleting DAGs. Promise: an invalid text is never stored by a person's save,
// and where a folder is the source it is written first.

import { z } from '@hono/zod-openapi'
import { SINGLETON } from '../../objects/contracts.ts'
import { done, json, type Refusal } from '../answer.ts'
import { SavedSpecJson, ValidationJson } from '../answers/dag.ts'
import { refuseLargeSpec } from '../body.ts'
import { conflict, deleteFromFolder, renameInFolder, saveToFolder } from '../dag-folder.ts'
import { errorsOrNull, problemTexts, readDefinition } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { FileParams, Name } from '../schemas.ts'
import { dagNotFound, readDag } from './dag-read.ts'

const Spec = z.string()
const FIRST_SPEC = `steps:
  - name: hello
    command: echo "hello"
`

const exists = (name: string): Refusal => problem('already_exists', `A DAG file ${name} exists already`)

async function createDag(deps: ApiDeps, name: string, spec: string) {
  const { problems } = await readDefinition(deps, spec, name)
  if (problems.length > 0) {
    return problem('invalid_spec', problemTexts(problems).join('\n'), { errors: problemTexts(problems), problems })
  }
  if ((await readDag(deps, name)) !== null) return exists(name)
  const inFolder = await saveToFolder(deps, name, spec, null)
  if (!inFolder.ok) return inFolder.error.status === 409 ? exists(name) : inFolder.error
  const dagId = await directory(deps).dagId(name, true)
  if (dagId === null) return problem('unavailable', 'The catalogue did not take the DAG')
  const stored = await deps.object('dag', dagId).putSpec({ dagId, fileName: name, spec })
  if (!stored.ok) return problem('invalid_spec', problemTexts(stored.error.problems).join('\n'))
  return json({ name }, 201)
}

async function saveSpec(deps: ApiDeps, fileName: string, spec: string, hash: string | undefined) {
  const found = await readDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  const { dagId, dag, record } = found
  if (hash !== undefined && hash !== record.hash) return conflict(hash, record.hash)
  const { problems, warnings } = await readDefinition(deps, spec, fileName, record.files)
  if (problems.length > 0) return json({ errors: problemTexts(problems), problems, hash: record.hash })
  const inFolder = await saveToFolder(deps, fileName, spec, hash)
  if (!inFolder.ok) return inFolder.error
  // Once the folder has taken the text it has settled the race: its own watcher may have stored this very text already.
  const ifHash = inFolder.value === null && hash !== undefined ? { ifHash: hash } : {}
  const source = record.source === null ? {} : { source: record.source }
  const stored = await dag.putSpec({ dagId, fileName, spec, ...ifHash, ...source })
  if (stored.ok) return json({ errors: null, hash: stored.value.hash, ...(warnings.length > 0 ? { warnings } : {}) })
  if (stored.error.code === 'conflict') return conflict(hash ?? '', stored.error.actual)
  return json({ errors: problemTexts(stored.error.problems), problems: stored.error.problems, hash: record.hash })
}

async function renameDag(deps: ApiDeps, from: string, to: string) {
  const found = await readDag(deps, from)
  if (found === null) return dagNotFound(from)
  // The catalogue first: a watcher that sees the moved file must find its name known, or it would make a new DAG of it.
  const renamed = await directory(deps).renameDag(from, to)
  if (renamed === 'exists') return exists(to)
  if (renamed === 'unknown') return dagNotFound(from)
  const refusal = await renameInFolder(deps, from, to)
  if (refusal !== null) {
    await directory(deps).renameDag(to, from)
    return refusal
  }
  await found.dag.rename(to)
  return done()
}

/** Takes a DAG out of the catalogue, the index and its object. Repeating it does no harm. */
export async function forgetDag(deps: ApiDeps, fileName: string, dagId: string): Promise<void> {
  await deps.object('dag', dagId).remove()
  await deps.object('index', SINGLETON).removeDag(dagId)
  await directory(deps).removeDag(fileName)
}

async function deleteDag(deps: ApiDeps, fileName: string) {
  const found = await readDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  if ((await found.dag.activeRuns()).length > 0) {
    return problem('bad_request', `DAG ${fileName} has active runs; stop or dequeue them before deleting it`)
  }
  const refusal = await deleteFromFolder(deps, fileName)
  if (refusal !== null) return refusal
  await forgetDag(deps, fileName, found.dagId)
  return done(204)
}

const tag = 'dags'

export const dagWriteRoutes = [
  route(
    {
      method: 'post',
      path: '/dags',
      permission: 'dags.write',
      tag,
      summary: 'Create a DAG',
      body: z.looseObject({ name: Name, spec: Spec.optional() }),
      answers: { 201: z.object({ name: z.string() }) },
    },
    async ({ body, deps }) => {
      const spec = body.spec === undefined || body.spec.trim() === '' ? FIRST_SPEC : body.spec
      return refuseLargeSpec(spec) ?? createDag(deps, body.name, spec)
    },
  ),
  route(
    {
      method: 'post',
      path: '/dags/validate',
      permission: 'dags.read',
      tag,
      summary: 'Check a YAML text without storing it',
      body: z.looseObject({ spec: Spec, name: Name.optional() }),
      answers: {
        200: ValidationJson,
      },
    },
    async ({ body, deps }) => {
      const refusal = refuseLargeSpec(body.spec)
      if (refusal !== null) return refusal
      const { json: dag, problems, warnings } = await readDefinition(deps, body.spec, body.name ?? 'validated-dag')
      return json({ valid: problems.length === 0, errors: errorsOrNull(problems), dag, problems, warnings })
    },
  ),
  route(
    {
      method: 'put',
      path: '/dags/{fileName}/spec',
      permission: 'dags.write',
      tag,
      summary: 'Save the YAML of a DAG; an invalid text is answered with its errors and not saved',
      params: FileParams,
      body: z.looseObject({ spec: Spec, hash: z.string().max(64).optional() }),
      answers: { 200: SavedSpecJson },
    },
    async ({ params, body, deps }) =>
      refuseLargeSpec(body.spec) ?? saveSpec(deps, params.fileName, body.spec, body.hash || undefined),
  ),
  route(
    {
      method: 'post',
      path: '/dags/{fileName}/rename',
      permission: 'dags.write',
      tag,
      summary: 'Rename a DAG; its history stays with it',
      params: FileParams,
      body: z.looseObject({ newFileName: Name }),
      answers: { 200: 'Renamed' },
    },
    async ({ params, body, deps }) =>
      body.newFileName === params.fileName
        ? exists(params.fileName)
        : renameDag(deps, params.fileName, body.newFileName),
  ),
  route(
    {
      method: 'delete',
      path: '/dags/{fileName}',
      permission: 'dags.write',
      tag,
      summary: 'Delete a DAG',
      params: FileParams,
      answers: { 204: 'Deleted' },
    },
    async ({ params, deps }) => deleteDag(deps, params.fileName),
  ),
  route(
    {
      method: 'post',
      path: '/dags/{fileName}/suspend',
      permission: 'dags.write',
      tag,
      summary: 'Switch the schedule of a DAG off or on',
      params: FileParams,
      body: z.looseObject({ suspend: z.boolean() }),
      answers: { 200: 'Done' },
    },
    async ({ params, body, deps }) => {
      const found = await readDag(deps, params.fileName)
      if (found === null) return dagNotFound(params.fileName)
      await found.dag.suspend(body.suspend)
      return done()
    },
  ),
]
