// What the first page shows: the DAGs that need somebody, and those that start next. Pure.
import type { DagListItem } from '../api/types.ts'
import { runStatus } from './status.ts'
import { parseTime } from './time.ts'

const BROKEN = ['failed', 'lost', 'rejected'] as const

/** DAGs whose newest run did not end well, newest first: one that has succeeded since needs nobody. */
export function failedDags(dags: readonly DagListItem[]): DagListItem[] {
  const endOf = ({ latestDAGRun: run }: DagListItem): number =>
    parseTime(run.finishedAt) ?? parseTime(run.startedAt) ?? 0
  return dags
    .filter(({ latestDAGRun: run }) => run.dagRunId !== '' && BROKEN.some(kind => kind === runStatus(run)))
    .sort((a, b) => endOf(b) - endOf(a))
}

/** DAG files that do not load: they cannot start, not by their schedule either. */
export const unloadableDags = (dags: readonly DagListItem[]): DagListItem[] =>
  dags.filter(({ errors }) => (errors ?? []).length > 0)

/** The `count` DAGs that start next by their schedule. */
export const nextStarts = (dags: readonly DagListItem[], count: number): (DagListItem & { nextRun: string })[] =>
  dags
    .filter(
      (item): item is DagListItem & { nextRun: string } => !item.suspended && parseTime(item.nextRun) !== undefined,
    )
    .sort((a, b) => Date.parse(a.nextRun) - Date.parse(b.nextRun))
    .slice(0, count)
