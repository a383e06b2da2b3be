// DAGs as JSON of the REST API's lists; no schema library here, because the index imports it for its live feed.
import type { DAGListItem } from '@edgedag/core/api/generated/answers'
import type { DagListItem } from '../objects/contracts.ts'
import { nameOf } from '../objects/index/dags.ts'
import { noRunJson, runSummaryJson } from './run-json.ts'
import { timeText } from './time.ts'

/** A line of the DAG list; the live feed has the same. */
export function dagListItemJson(item: DagListItem): DAGListItem {
  const { secretRefs: _, ...head } = item.summary
  const { labels } = head
  const name = nameOf(item)
  return {
    fileName: item.fileName,
    filePath: item.filePath,
    suspended: item.suspended,
    errors: item.errors,
    ...(item.nextRun === null ? {} : { nextRun: timeText(item.nextRun) }),
    dag: { ...head, name, tags: labels },
    latestDAGRun: item.latest === null ? noRunJson(name, labels) : runSummaryJson(item.latest),
  }
}
