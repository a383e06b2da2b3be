// Base configurations: the texts that lie under every DAG file. Promise: a text that does not load over an empty DAG is not stored.

import { loadDags } from '@edgedag/core/spec/load'
import { isWorkspaceName } from '@edgedag/core/spec/workspace'
import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { problemTexts } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'

/** A Dag keeps both texts in one row. */
const MAX_BASE_CHARS = 256 * 1024

const Body = z.looseObject({ spec: z.string().max(MAX_BASE_CHARS, `at most ${MAX_BASE_CHARS} characters`) })
const Workspace = z.object({ name: z.string().refine(isWorkspaceName, 'not a workspace name') })
const Errors = z.array(z.string())

/** What is wrong with a base configuration, as DAGs would meet it: alone, or a workspace's over the global one. */
function problemsOf(texts: { base: string; workspaceBase?: string }) {
  const loaded = loadDags('steps: []', { fileName: 'base', ...texts })
  return loaded.ok ? [] : loaded.error
}

async function readBase(deps: ApiDeps, workspace: string | null) {
  const found = await directory(deps).baseConfig(workspace)
  const base = found?.base ?? ''
  if (workspace === null) return json({ spec: base, errors: problemTexts(problemsOf({ base })) })
  const spec = found?.workspaceBase ?? ''
  return json({ spec, errors: problemTexts(problemsOf({ base, workspaceBase: spec })) })
}

async function saveBase(deps: ApiDeps, workspace: string | null, spec: string) {
  const base = workspace === null ? '' : ((await directory(deps).baseConfig(null))?.base ?? '')
  const problems = problemsOf(workspace === null ? { base: spec } : { base, workspaceBase: spec })
  if (problems.length > 0) {
    const errors = problemTexts(problems)
    return problem('invalid_spec', errors.join('\n'), { errors, problems })
  }
  await directory(deps).setBaseConfig(workspace, spec)
  return json({ errors: [] })
}

const tag = 'settings'
const read = {
  permission: 'base-config.read',
  tag,
  answers: { 200: z.object({ spec: z.string(), errors: Errors }) },
} as const
const write = {
  permission: 'base-config.write',
  tag,
  body: Body,
  answers: { 200: z.object({ errors: Errors }) },
} as const
const path = '/settings/base-config'
const workspacePath = '/settings/workspaces/{name}/base-config'

export const settingsRoutes = [
  route({ ...read, method: 'get', path, summary: 'The base configuration of all DAGs' }, ({ deps }) =>
    readBase(deps, null),
  ),
  route({ ...write, method: 'put', path, summary: 'Replace the base configuration of all DAGs' }, ({ body, deps }) =>
    saveBase(deps, null, body.spec),
  ),
  route(
    {
      ...read,
      method: 'get',
      path: workspacePath,
      params: Workspace,
      summary: 'The base configuration of the DAGs of a workspace',
    },
    ({ params, deps }) => readBase(deps, params.name),
  ),
  route(
    {
      ...write,
      method: 'put',
      path: workspacePath,
      params: Workspace,
      summary: 'Replace the base configuration of the DAGs of a workspace',
    },
    ({ params, body, deps }) => saveBase(deps, params.name, body.spec),
  ),
]
