// A Dag as lists show it.

import type { DagListItem, DagRecord, RunSummary } from '../contracts.ts'
import { type Definition, problemText } from './definition.ts'
import type { DueMemory } from './schedule/due-memory.ts'

/** The line of a stored DAG. `zone`: the one in which its schedule is read. */
export function listItemOf(
  record: DagRecord,
  definition: Definition,
  { latest, now, zone, starts }: { latest: RunSummary | null; now: number; zone: string; starts: DueMemory },
): DagListItem {
  const { dag } = definition
  return {
    dagId: record.dagId,
    fileName: record.fileName,
    summary: definition.summary,
    errors: definition.problems.map(problemText),
    suspended: record.suspended,
    nextRun: dag === null || record.suspended ? null : starts.next(dag.schedule, now, zone),
    latest,
    filePath: `${record.source === null ? '' : `${record.source.dir}/`}${record.fileName}.yaml`,
  }
}
