// Settings of a DAG beside its text: the profile of runs that name none.

import { z } from '@hono/zod-openapi'
import type { DagSettings } from '../../objects/contracts.ts'
import { json } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { findDag } from '../find-dag.ts'
import { route } from '../route.ts'
import { FileParams } from '../schemas.ts'
import { usableProfile } from '../use-profile.ts'
import { dagNotFound } from './dag-read.ts'

const SettingsJson = z
  .object({
    dagName: z.string(),
    profile: z.string().describe('Empty: none'),
    updatedAt: z.string(),
    updatedBy: z.string(),
  })
  .openapi('DAGSettings')

const settingsJson = (dagName: string, { profile, updatedAt, updatedBy }: DagSettings) => ({
  dagName,
  profile,
  updatedAt: updatedAt === 0 ? '' : new Date(updatedAt).toISOString(),
  updatedBy,
})

async function read(deps: ApiDeps, fileName: string) {
  const found = await findDag(deps, fileName)
  return found === null ? dagNotFound(fileName) : json(settingsJson(fileName, await found.dag.settings()))
}

const tag = 'dags'
const path = '/dags/{fileName}/settings'

export const dagSettingsRoutes = [
  route(
    {
      method: 'get',
      path,
      permission: 'dags.read',
      tag,
      summary: 'Settings of a DAG',
      params: FileParams,
      answers: { 200: SettingsJson },
    },
    ({ params, deps }) => read(deps, params.fileName),
  ),
  route(
    {
      method: 'put',
      path,
      permission: 'dags.write',
      tag,
      summary: 'Set the profile of runs that name none; a protected one only by an admin',
      params: FileParams,
      body: z.looseObject({ profile: z.string().max(128) }),
      answers: { 200: SettingsJson },
    },
    async ({ params, body, caller, deps }) => {
      const found = await findDag(deps, params.fileName)
      if (found === null) return dagNotFound(params.fileName)
      const profile = await usableProfile(deps, body.profile, caller)
      if (!profile.ok) return profile.error
      const settings = await found.dag.setSettings({ profile: profile.value ?? '', by: caller?.name ?? '' })
      return json(settingsJson(params.fileName, settings))
    },
  ),
]
