// Calls about settings.

import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, put, segments } from './client.ts'

export type BaseConfigAnswer = Answers['GET /settings/base-config']

export const settingsKeys = { base: (workspace: string) => ['base-config', workspace] as const }

/** An empty workspace means the base configuration of all DAGs. */
const basePath = (workspace: string): string =>
  workspace === '' ? '/settings/base-config' : `/settings/workspaces${segments(workspace)}/base-config`

export const fetchBaseConfig = (workspace: string, signal?: AbortSignal): Promise<BaseConfigAnswer> =>
  get(basePath(workspace), signal)

/** @throws ApiError 400 with `body.errors` where the text would not load under a DAG */
export const saveBaseConfig = (workspace: string, spec: string): Promise<Answers['PUT /settings/base-config']> =>
  put(basePath(workspace), { spec } satisfies Bodies['PUT /settings/base-config'])
