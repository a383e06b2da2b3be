// Runtime profiles and the default layers (surface 5, rest-observed 8). Promise: values of secrets go in and never come out.

import type { Result } from '@edgedag/core/result'
import { isWorkspaceName } from '@edgedag/core/spec/workspace'
import { MAX_VALUE_CHARS } from '@edgedag/core/vault/rules'
import { z } from '@hono/zod-openapi'
import { type ProfileRecord, SINGLETON } from '../../objects/contracts.ts'
import { done, json } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { refused } from '../problem.ts'
import { route } from '../route.ts'
import { actorOf } from '../use-profile.ts'

const vault = (deps: ApiDeps) => deps.object('vault', SINGLETON)

const Time = z.string().describe('RFC 3339, UTC')
const EntryJson = z
  .object({
    key: z.string(),
    kind: z.enum(['variable', 'secret']),
    value: z.string().optional().describe('Variables only: secrets are write-only'),
    secretId: z.string().optional(),
    createdAt: Time,
    updatedAt: Time,
    updatedBy: z.string(),
  })
  .openapi('RuntimeProfileEntry')
const ProfileJson = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    status: z.enum(['active', 'disabled']),
    protected: z.boolean(),
    entries: z.array(EntryJson),
    createdAt: Time,
    createdBy: z.string(),
    updatedAt: Time,
    updatedBy: z.string(),
  })
  .openapi('RuntimeProfile')
const LayerJson = ProfileJson.extend({
  scope: z.enum(['global', 'workspace']),
  workspace: z.string().optional(),
  defaultProfile: z.string(),
}).openapi('RuntimeProfileDefaults')

const timeOf = (epochMs: number): string => (epochMs === 0 ? '' : new Date(epochMs).toISOString())

function profileJson({ defaultProfile: _, ...profile }: ProfileRecord) {
  return {
    ...profile,
    createdAt: timeOf(profile.createdAt),
    updatedAt: timeOf(profile.updatedAt),
    entries: profile.entries.map(entry => ({
      ...entry,
      createdAt: timeOf(entry.createdAt),
      updatedAt: timeOf(entry.updatedAt),
    })),
  }
}

const layerJson = (record: ProfileRecord) => ({
  ...profileJson(record),
  ...(record.name === '_global'
    ? { scope: 'global' as const }
    : { scope: 'workspace' as const, workspace: record.name.slice('_workspaces/'.length) }),
  defaultProfile: record.defaultProfile,
})

type Refused = { code: string; message: string }
const answer = <T>(result: Result<ProfileRecord, Refused>, show: (record: ProfileRecord) => T, status = 200) =>
  result.ok ? json(show(result.value), status) : refused(result.error)
const gone = (result: Result<null, Refused>) => (result.ok ? done(204) : refused(result.error))

// The Vault says what is wrong with a name; here only its size is bounded.
const Text = z.string().max(512)
const Description = z.string().max(4_096)
const Value = z.object({ value: z.string().max(MAX_VALUE_CHARS, `a value has at most ${MAX_VALUE_CHARS} characters`) })
const ProfileParams = z.object({ profileName: Text.regex(/^[^_]/, 'not a profile name') })
const EntryParams = ProfileParams.extend({ key: Text })
const WorkspaceParams = z.object({ workspaceName: z.string().refine(isWorkspaceName, 'not a workspace name') })

const tag = 'profiles'
const mine = { permission: 'profiles.write', tag } as const
const kinds = [
  ['variables', 'variable'],
  ['secrets', 'secret'],
] as const

const profileRoutes = [
  route(
    {
      method: 'get',
      path: '/profiles',
      permission: 'profiles.read',
      tag,
      summary: 'All profiles; protected ones for admins only',
      answers: { 200: z.object({ profiles: z.array(ProfileJson) }) },
    },
    async ({ deps, caller }) => json({ profiles: (await vault(deps).profiles(actorOf(caller))).map(profileJson) }),
  ),
  route(
    {
      ...mine,
      method: 'post',
      path: '/profiles',
      summary: 'Make a profile',
      body: z.looseObject({ name: Text, description: Description.optional(), protected: z.boolean().optional() }),
      answers: { 201: ProfileJson },
    },
    async ({ body, deps, caller }) => {
      const { name, description, protected: isProtected } = body
      const request = {
        name,
        ...(description === undefined ? {} : { description }),
        ...(isProtected === undefined ? {} : { protected: isProtected }),
      }
      return answer(await vault(deps).createProfile(request, actorOf(caller)), profileJson, 201)
    },
  ),
  route(
    {
      method: 'get',
      path: '/profiles/{profileName}',
      permission: 'profiles.read',
      tag,
      summary: 'One profile',
      params: ProfileParams,
      answers: { 200: ProfileJson },
    },
    async ({ params, deps, caller }) =>
      answer(await vault(deps).profile(params.profileName, actorOf(caller)), profileJson),
  ),
  route(
    {
      ...mine,
      method: 'patch',
      path: '/profiles/{profileName}',
      summary: 'Change description, status or protection',
      params: ProfileParams,
      body: z.looseObject({
        description: Description.optional(),
        status: z.string().max(32).optional(),
        protected: z.boolean().optional(),
      }),
      answers: { 200: ProfileJson },
    },
    async ({ params, body, deps, caller }) => {
      const change = {
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.status === undefined ? {} : { status: body.status }),
        ...(body.protected === undefined ? {} : { protected: body.protected }),
      }
      return answer(await vault(deps).updateProfile(params.profileName, change, actorOf(caller)), profileJson)
    },
  ),
  route(
    {
      ...mine,
      method: 'delete',
      path: '/profiles/{profileName}',
      summary: 'Delete a profile with its secrets',
      params: ProfileParams,
      answers: { 204: 'Deleted' },
    },
    async ({ params, deps, caller }) => gone(await vault(deps).removeProfile(params.profileName, actorOf(caller))),
  ),
  ...kinds.map(([noun, kind]) =>
    route(
      {
        ...mine,
        method: 'put',
        path: `/profiles/{profileName}/${noun}/{key}`,
        summary: `Write a ${kind} of a profile; its newest value reaches attempts that start from now on`,
        params: EntryParams,
        body: Value,
        answers: { 200: ProfileJson },
      },
      async ({ params, body, deps, caller }) => {
        const entry = { key: params.key, kind, value: body.value }
        return answer(await vault(deps).setEntry(params.profileName, entry, actorOf(caller)), profileJson)
      },
    ),
  ),
  route(
    {
      ...mine,
      method: 'delete',
      path: '/profiles/{profileName}/entries/{key}',
      summary: 'Delete an entry of a profile',
      params: EntryParams,
      answers: { 204: 'Deleted' },
    },
    async ({ params, deps, caller }) =>
      gone(await vault(deps).removeEntry(params.profileName, params.key, actorOf(caller))),
  ),
  route(
    {
      method: 'get',
      path: '/profile-choices',
      permission: 'runs.execute',
      tag,
      summary: 'Profiles that the caller may start a run with, by name: for start dialogs',
      answers: { 200: z.object({ profiles: z.array(z.object({ name: z.string(), description: z.string() })) }) },
    },
    async ({ deps, caller }) => {
      const active = (await vault(deps).profiles(actorOf(caller))).filter(profile => profile.status === 'active')
      return json({ profiles: active.map(({ name, description }) => ({ name, description })) })
    },
  ),
]

/** Routes of one default layer. `P` is what its path takes. */
function layerRoutes<P extends z.ZodObject>(o: {
  path: string
  write: 'profile-defaults.write' | 'profiles.write'
  params: P
  name(params: z.output<P>): string
}) {
  const { path, params, name } = o
  const read = { permission: 'profiles.read', tag, params } as const
  const write = { permission: o.write, tag } as const
  const Keyed = params.extend({ key: Text }) as unknown as z.ZodObject
  const keyOf = (given: unknown): string => (given as { key: string }).key
  const nameOf = (given: unknown): string => name(given as z.output<P>)
  return [
    route(
      { ...read, method: 'get', path, summary: 'Default values, under all profiles', answers: { 200: LayerJson } },
      async ({ params, deps, caller }) => answer(await vault(deps).profile(nameOf(params), actorOf(caller)), layerJson),
    ),
    route(
      {
        ...write,
        method: 'patch',
        path,
        params,
        summary: 'Change the description, or the profile of runs that name none',
        body: z.looseObject({ description: Description.optional(), defaultProfile: Text.optional() }),
        answers: { 200: LayerJson },
      },
      async ({ params, body, deps, caller }) => {
        const change = {
          ...(body.description === undefined ? {} : { description: body.description }),
          ...(body.defaultProfile === undefined ? {} : { defaultProfile: body.defaultProfile }),
        }
        return answer(await vault(deps).updateProfile(nameOf(params), change, actorOf(caller)), layerJson)
      },
    ),
    ...kinds.map(([noun, kind]) =>
      route(
        {
          ...write,
          method: 'put',
          path: `${path}/${noun}/{key}`,
          params: Keyed,
          summary: `Write a default ${kind}`,
          body: Value,
          answers: { 200: LayerJson },
        },
        async ({ params, body, deps, caller }) => {
          const entry = { key: keyOf(params), kind, value: body.value }
          return answer(await vault(deps).setEntry(nameOf(params), entry, actorOf(caller)), layerJson)
        },
      ),
    ),
    route(
      {
        ...write,
        method: 'delete',
        path: `${path}/entries/{key}`,
        params: Keyed,
        summary: 'Delete a default value',
        answers: { 204: 'Deleted' },
      },
      async ({ params, deps, caller }) =>
        gone(await vault(deps).removeEntry(nameOf(params), keyOf(params), actorOf(caller))),
    ),
  ]
}

export const profileApiRoutes = [
  ...layerRoutes({
    path: '/profiles/_global',
    write: 'profile-defaults.write',
    params: z.object({}),
    name: () => '_global',
  }),
  ...layerRoutes({
    path: '/profiles/_workspaces/{workspaceName}',
    write: 'profiles.write',
    params: WorkspaceParams,
    name: ({ workspaceName }) => `_workspaces/${workspaceName}`,
  }),
  ...profileRoutes,
]
