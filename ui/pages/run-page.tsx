// `/dag-runs/:name/:id`
import { ErrorState, Skeleton } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { runStatus } from '../lib/status.ts'
import { useTitle } from '../lib/use-title.ts'
import { RunView } from '../run/run-view.tsx'
import { useRun } from '../run/use-run.ts'

export function RunPage({ name, id }: { name: string; id: string }) {
  const { run, ...source } = useRun(name, id)
  useTitle(name, run && runStatus(run))
  if (run) return <RunView run={run} source={source} withName />
  if (source.error)
    return (
      <ErrorState
        titleAs="h1"
        what={`Run ${id} of ${name} could not be shown`}
        error={source.error}
        onRetry={source.refetch}
      >
        <Link href="/dag-runs">All runs</Link>
      </ErrorState>
    )
  return <Skeleton rows={4} height={96} />
}
