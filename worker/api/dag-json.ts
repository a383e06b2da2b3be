// DAGs as JSON of the REST API's lists; no schema library here, because the index imports it for its live feed.
import type { DagListItem } from '../objects/contracts.ts'
import { noRunJson, runSummaryJson } from './run-json.ts'
import { timeText } from './time.ts'

/** Labels of a list item. */
export const labelsOf = (item: DagListItem): string[] => {
  const { labels } = item.summary
  return Array.isArray(labels) ? labels.filter(label => typeof label === 'string') : []
}

const nameOf = (item: DagListItem): string =>
  typeof item.summary.name === 'string' && item.summary.name !== '' ? item.summary.name : item.fileName

/** A line of the DAG list; the live feed has the same. */
export function dagListItemJson(item: DagListItem): Record<string, unknown> {
  const labels = labelsOf(item)
  const name = nameOf(item)
  return {
    fileName: item.fileName,
    filePath: item.filePath,
    suspended: item.suspended,
    errors: item.errors,
    ...(item.nextRun === null ? {} : { nextRun: timeText(item.nextRun) }),
    dag: { ...item.summary, name, labels, tags: labels },
    latestDAGRun: item.latest === null ? noRunJson(name, labels) : runSummaryJson(item.latest),
  }
}
