// The YAML that a run was accepted with: it stays as it was when the DAG is changed later.
import { useQuery } from '@tanstack/react-query'
import { fetchRunSpec, runKeys } from '../api/runs.ts'
import { Snippet } from '../components/snippet.tsx'
import { EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'

/** @param dagHref the DAG as it is now; absent: the run is of no stored DAG */
export function SpecView({ name, id, dagHref }: { name: string; id: string; dagHref: string | undefined }) {
  const { data, error, refetch } = useQuery({
    queryKey: runKeys.spec(name, id),
    queryFn: ({ signal }) => fetchRunSpec(name, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error && !data)
    return <ErrorState what="The spec could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={1} height={300} />
  if (data.spec === '')
    return (
      <EmptyState title="The text of this run is not kept">
        <p>It was started from a definition without a text of its own.</p>
      </EmptyState>
    )
  return (
    <section className="card run-spec" aria-label="Spec of this run">
      <p className="muted prose-links">
        As it was when the run was accepted. {dagHref !== undefined && <Link href={dagHref}>The DAG as it is now</Link>}
      </p>
      <Snippet text={data.spec} what="Spec" />
    </section>
  )
}
