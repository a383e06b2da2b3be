// Calls about due times and backfills.

import type {
  Answers,
  Backfill,
  BackfillPreview,
  DAGSchedule as ScheduleAnswer,
  TimeZone as ZoneAnswer,
} from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, query, segments } from './client.ts'

export type { ScheduleFire as Fire } from '@edgedag/core/api/generated/answers'
export type { Backfill, BackfillPreview, ScheduleAnswer, ZoneAnswer }

export type BackfillInput = Omit<Bodies['POST /dags/{fileName}/backfills'], 'dryRun'>

export const scheduleKeys = {
  one: (file: string) => ['dag-schedule', file] as const,
  backfills: (file: string) => ['dag-backfills', file] as const,
}

export const fetchSchedule = (file: string, signal?: AbortSignal): Promise<ScheduleAnswer> =>
  get(`/dags${segments(file)}/schedule${query({ count: 5 })}`, signal)

export const fetchBackfills = (
  file: string,
  signal?: AbortSignal,
): Promise<Answers['GET /dags/{fileName}/backfills']> => get(`/dags${segments(file)}/backfills`, signal)

export const previewBackfill = (file: string, input: BackfillInput): Promise<BackfillPreview> =>
  post(`/dags${segments(file)}/backfills`, {
    ...input,
    dryRun: true,
  } satisfies Bodies['POST /dags/{fileName}/backfills'])

export const startBackfill = (file: string, input: BackfillInput): Promise<Backfill> =>
  post(`/dags${segments(file)}/backfills`, input)

export const steerBackfill = (file: string, id: string, action: 'pause' | 'resume' | 'cancel'): Promise<Backfill> =>
  post(`/dags${segments(file)}/backfills${segments(id, action)}`)

export const zoneKey = ['timezone'] as const

export const fetchTimezone = (signal?: AbortSignal): Promise<ZoneAnswer> => get('/settings/timezone', signal)

/** An empty zone is the host's own. */
export const saveTimezone = (timezone: string): Promise<ZoneAnswer> =>
  put('/settings/timezone', { timezone } satisfies Bodies['PUT /settings/timezone'])
