// How long the runs of a DAG are kept, in words.

/** @param dag `histRetentionRuns` wins over `histRetentionDays`, as in the language */
export function retentionWords(dag: { histRetentionDays?: number; histRetentionRuns?: number }): string {
  const { histRetentionDays: days, histRetentionRuns: runs } = dag
  if (runs !== undefined && runs > 0)
    return `The newest ${runs === 1 ? 'run is' : `${runs} runs are`} kept (hist_retention_runs).`
  if (days === undefined) return 'Runs are kept as the base configuration says.'
  if (days < 0) return 'Runs are kept for ever (hist_retention_days: -1).'
  if (days === 0) return 'Only the newest run is kept (hist_retention_days: 0).'
  return `Runs are kept for ${days === 1 ? 'one day' : `${days} days`} after their end (hist_retention_days).`
}
