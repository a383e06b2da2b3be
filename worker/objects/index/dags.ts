// Pages of the DAG list: filters, order, paging. Pure.
import type { DagListItem, IndexApi } from '../contracts.ts'

export const nameOf = (item: DagListItem): string => (item.summary.name !== '' ? item.summary.name : item.fileName)

/** Labels of a list item. */
export const labelsOf = (item: DagListItem): string[] => item.summary.labels

const SORT_KEYS: Record<string, (item: DagListItem) => string | number> = {
  name: item => nameOf(item).toLowerCase(),
  updated_at: item => item.latest?.createdAt ?? 0,
  created_at: item => item.latest?.createdAt ?? 0,
  lastRun: item => item.latest?.startedAt ?? 0,
  nextRun: item => item.nextRun ?? Number.MAX_SAFE_INTEGER,
}

/** Page `page` (from 1) of the items that match; an unknown `sort` means by name. */
export function pageOfDags(
  items: DagListItem[],
  query: Parameters<IndexApi['dags']>[0],
): { items: DagListItem[]; total: number } {
  const wanted = query.name?.toLowerCase()
  const found = items.filter(item => {
    // Inline DAGs are no files.
    if (item.fileName === '') return false
    if (
      wanted !== undefined &&
      !nameOf(item).toLowerCase().includes(wanted) &&
      !item.fileName.toLowerCase().includes(wanted)
    )
      return false
    return (query.labels ?? []).every(label => hasLabel(labelsOf(item), label))
  })
  const key = SORT_KEYS[query.sort ?? 'name'] ?? SORT_KEYS.name!
  const sign = query.order === 'desc' ? -1 : 1
  found.sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    return x === y ? (a.fileName < b.fileName ? -1 : 1) : x < y ? -sign : sign
  })
  const from = (query.page - 1) * query.perPage
  return { items: found.slice(from, from + query.perPage), total: found.length }
}

/** `team=core` asks for that label, `team` for any value of it. */
export function hasLabel(labels: readonly string[], wanted: string): boolean {
  const text = wanted.toLowerCase()
  // Of a run that an older version accepted they may be in capitals.
  return labels.some(label => label.toLowerCase() === text || label.toLowerCase().startsWith(`${text}=`))
}
