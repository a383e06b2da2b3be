// The filters of the runs list: from the address to the API, and whether a live run belongs in the list.
import type { RunFilters } from '../api/runs.ts'
import type { RunSummary } from '../api/types.ts'
import { parseTime } from '../lib/time.ts'

export const DATE_PRESETS = { '1h': 3_600, '24h': 86_400, '7d': 7 * 86_400, '30d': 30 * 86_400 } as const
export type DatePreset = keyof typeof DATE_PRESETS

const isPreset = (value: string | null): value is DatePreset => value !== null && value in DATE_PRESETS

/** @param nowSec Unix seconds; presets count back from its minute, so that the filter stays the same within it */
export function filtersOf(search: URLSearchParams, nowSec: number): RunFilters {
  const since = search.get('since')
  const status = search.getAll('status').map(Number).filter(Number.isInteger)
  return {
    name: search.get('name') || undefined,
    dagRunId: search.get('id') || undefined,
    labels: search.getAll('label').join(',') || undefined,
    status: status.length > 0 ? status : undefined,
    fromDate: isPreset(since) ? Math.floor(nowSec / 60) * 60 - DATE_PRESETS[since] : undefined,
  }
}

/** As the server would decide: names and ids by part, labels all, statuses any. */
export function matchesFilters(run: RunSummary, filters: RunFilters): boolean {
  const at = parseTime(run.startedAt) ?? parseTime(run.queuedAt)
  return (
    (filters.name === undefined || run.name.toLowerCase().includes(filters.name.toLowerCase())) &&
    (filters.dagRunId === undefined || run.dagRunId.includes(filters.dagRunId)) &&
    (filters.status === undefined || filters.status.includes(run.status)) &&
    (filters.labels === undefined || filters.labels.split(',').every(label => (run.labels ?? []).includes(label))) &&
    (filters.fromDate === undefined || at === undefined || at >= filters.fromDate * 1000)
  )
}
