// The filters of the runs list: from the address to the API, and whether a live run belongs in the list.
import type { RunFilters } from '../api/runs.ts'
import type { RunSummary } from '../api/types.ts'

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

/** Both go back to some time, and want the same otherwise. */
export const isSameButTime = (a: RunFilters | undefined, b: RunFilters): boolean =>
  a?.fromDate !== undefined &&
  b.fromDate !== undefined &&
  JSON.stringify({ ...a, fromDate: 0 }) === JSON.stringify({ ...b, fromDate: 0 })

const has = (text: string, wanted: string | undefined): boolean =>
  wanted === undefined || text.toLowerCase().includes(wanted.toLowerCase())

/** As the server decides: names and ids by part, labels all, statuses any, times by when it was made. */
export function matchesFilters(run: RunSummary, filters: RunFilters): boolean {
  const hasLabel = (wanted: string): boolean =>
    (run.labels ?? []).some(label => label === wanted || label.startsWith(`${wanted}=`))
  return (
    (has(run.name, filters.name) || has(run.sourceFileName ?? '', filters.name)) &&
    has(run.dagRunId, filters.dagRunId) &&
    (filters.status === undefined || filters.status.includes(run.status)) &&
    (filters.labels === undefined || filters.labels.split(',').every(hasLabel)) &&
    (filters.fromDate === undefined || run.createdAtMs === undefined || run.createdAtMs >= filters.fromDate * 1000)
  )
}
