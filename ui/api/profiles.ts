// Calls about profiles and the default values under them. Values of secrets go in and never come out.

import type {
  Answers,
  RuntimeProfile as Profile,
  RuntimeProfileDefaults as ProfileDefaults,
  RuntimeProfileEntry as ProfileEntry,
} from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, request, segments } from './client.ts'

export type { Profile, ProfileDefaults, ProfileEntry }

export const profileKeys = {
  list: ['profiles'] as const,
  choices: ['profile-choices'] as const,
  defaults: (workspace: string) => ['profile-defaults', workspace] as const,
}

/** Address of what holds entries: a profile's name, or a default layer. */
export const profilePath = (name: string): string => `/profiles${segments(name)}`
export const defaultsPath = (workspace: string): string =>
  workspace === '' ? '/profiles/_global' : `/profiles/_workspaces${segments(workspace)}`

export const fetchProfiles = (signal?: AbortSignal): Promise<Answers['GET /profiles']> => get('/profiles', signal)

/** Profiles that the caller may start a run with. */
export const fetchProfileChoices = (signal?: AbortSignal): Promise<Answers['GET /profile-choices']> =>
  get('/profile-choices', signal)

export const fetchDefaults = (workspace: string, signal?: AbortSignal): Promise<ProfileDefaults> =>
  get(defaultsPath(workspace), signal)

export const createProfile = (profile: Bodies['POST /profiles']): Promise<Profile> => post('/profiles', profile)

export type ProfileChange = Bodies['PATCH /profiles/{profileName}'] | Bodies['PATCH /profiles/_global']

export const changeProfile = (path: string, change: ProfileChange): Promise<Profile> => request('PATCH', path, change)

export const deleteProfile = (name: string): Promise<void> => request('DELETE', profilePath(name))

export const saveEntry = (path: string, kind: ProfileEntry['kind'], key: string, value: string): Promise<Profile> =>
  put(`${path}/${kind === 'secret' ? 'secrets' : 'variables'}${segments(key)}`, {
    value,
  } satisfies Bodies['PUT /profiles/{profileName}/variables/{key}'])

export const deleteEntry = (path: string, key: string): Promise<void> =>
  request('DELETE', `${path}/entries${segments(key)}`)
