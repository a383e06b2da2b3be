// Calls about due times and backfills.
import { get, post, put, query, segments } from './client.ts'

export interface Fire {
  at: string
  /** The wall clock of its zone, with the offset. */
  local: string
  zone: string
  do: 'start' | 'stop' | 'restart'
  expression: string
  dst?: { kind: 'skipped' | 'repeated' | 'changed'; text: string }
}

export interface ScheduleAnswer {
  suspended: boolean
  scheduled: boolean
  timezone: string
  fires: Fire[]
  never: { do: string; expression: string; why: string }[]
  skipped: { from: string; at: string; count: number; reason: string }[]
}

export interface BackfillInput {
  from: string
  to?: string
  concurrency: number
  params?: string
  pauseOnFailure?: boolean
}

export interface BackfillPreview {
  from: string
  to: string
  timezone: string
  total: number
  existing: number
  first: string[]
  last: string
}

export interface Backfill {
  backfillId: string
  state: 'running' | 'paused' | 'done' | 'cancelled'
  reason?: string
  from: string
  to: string
  total: number
  served: number
  existing: number
  concurrency: number
  createdAt: string
  runs: Record<string, number>
}

export const scheduleKeys = {
  one: (file: string) => ['dag-schedule', file] as const,
  backfills: (file: string) => ['dag-backfills', file] as const,
}

export const fetchSchedule = (file: string, signal?: AbortSignal): Promise<ScheduleAnswer> =>
  get(`/dags${segments(file)}/schedule${query({ count: 5 })}`, signal)

export const fetchBackfills = (file: string, signal?: AbortSignal): Promise<{ backfills: Backfill[] }> =>
  get(`/dags${segments(file)}/backfills`, signal)

export const previewBackfill = (file: string, input: BackfillInput): Promise<BackfillPreview> =>
  post(`/dags${segments(file)}/backfills`, { ...input, dryRun: true })

export const startBackfill = (file: string, input: BackfillInput): Promise<Backfill> =>
  post(`/dags${segments(file)}/backfills`, input)

export const steerBackfill = (file: string, id: string, action: 'pause' | 'resume' | 'cancel'): Promise<Backfill> =>
  post(`/dags${segments(file)}/backfills${segments(id, action)}`)

export interface ZoneAnswer {
  timezone: string
  isDefault: boolean
}

export const zoneKey = ['timezone'] as const

export const fetchTimezone = (signal?: AbortSignal): Promise<ZoneAnswer> => get('/settings/timezone', signal)

/** An empty zone is the host's own. */
export const saveTimezone = (timezone: string): Promise<ZoneAnswer> => put('/settings/timezone', { timezone })
