// Which DAGs the list shows, and in which order. Pure; the filters come from the address.
import type { DagListItem } from '../api/types.ts'
import { isBad, runStatus } from '../lib/status.ts'
import { parseTime } from '../lib/time.ts'

export const DAG_SORTS = ['name', 'status', 'last', 'next'] as const
export type DagSort = (typeof DAG_SORTS)[number]

export interface DagFilter {
  text: string
  /** All must match; `team` also matches `team=core`. */
  labels: readonly string[]
  sort: DagSort
}

const hasLabel = (item: DagListItem, wanted: string): boolean =>
  (item.dag.labels ?? []).some(label => label === wanted.toLowerCase() || label.startsWith(`${wanted.toLowerCase()}=`))

/** Failures first, then what is at work, then the rest. */
function urgency(item: DagListItem): number {
  const kind = runStatus(item.latestDAGRun)
  if ((item.errors ?? []).length > 0 || isBad(kind)) return 0
  if (kind === 'waiting') return 1
  if (kind === 'running' || kind === 'queued' || kind === 'retrying') return 2
  return kind === 'not_started' ? 4 : 3
}

const latest = (item: DagListItem): number =>
  parseTime(item.latestDAGRun.finishedAt) ?? parseTime(item.latestDAGRun.startedAt) ?? 0

const upcoming = (item: DagListItem): number =>
  item.suspended ? Number.MAX_SAFE_INTEGER : (parseTime(item.nextRun) ?? Number.MAX_SAFE_INTEGER)

const ORDERS: Record<DagSort, (a: DagListItem, b: DagListItem) => number> = {
  name: () => 0,
  status: (a, b) => urgency(a) - urgency(b),
  last: (a, b) => latest(b) - latest(a),
  next: (a, b) => upcoming(a) - upcoming(b),
}

export function filterDags(items: readonly DagListItem[], filter: DagFilter): DagListItem[] {
  const needle = filter.text.trim().toLowerCase()
  const matches = (item: DagListItem): boolean =>
    needle === '' ||
    [item.dag.name, item.fileName, item.dag.description ?? '', ...(item.dag.labels ?? [])].some(text =>
      text.toLowerCase().includes(needle),
    )
  return items
    .filter(item => matches(item) && filter.labels.every(label => hasLabel(item, label)))
    .sort((a, b) => ORDERS[filter.sort](a, b) || a.dag.name.localeCompare(b.dag.name))
}

/** All labels of the list with how many DAGs carry each, most used first. */
export function labelCounts(items: readonly DagListItem[]): [label: string, count: number][] {
  const counts = new Map<string, number>()
  for (const item of items) for (const label of item.dag.labels ?? []) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
}
