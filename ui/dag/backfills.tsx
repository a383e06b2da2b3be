// The backfills of a DAG: how far each is, and how to pause, resume or cancel it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type Backfill, fetchBackfills, scheduleKeys, steerBackfill } from '../api/schedule.ts'
import { useAccess } from '../components/access.tsx'
import { toastError } from '../components/toasts.tsx'
import { Button } from '../components/ui.tsx'

const REFRESH_MS = 3_000
const isOpen = ({ state }: Backfill): boolean => state === 'running' || state === 'paused'

const countsOf = (runs: Backfill['runs']): string =>
  Object.entries(runs)
    .map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`)
    .join(', ')

export function Backfills({ file }: { file: string }) {
  const client = useQueryClient()
  const { may } = useAccess()
  const { data } = useQuery({
    queryKey: scheduleKeys.backfills(file),
    queryFn: ({ signal }) => fetchBackfills(file, signal),
    staleTime: 0,
    // Only while one of them moves.
    refetchInterval: ({ state }) => (state.data?.backfills.some(job => job.state === 'running') ? REFRESH_MS : false),
  })
  if (!data || data.backfills.length === 0) return null
  const steer = (id: string, action: 'pause' | 'resume' | 'cancel'): void => {
    steerBackfill(file, id, action).then(
      () => void client.invalidateQueries({ queryKey: scheduleKeys.backfills(file) }),
      cause => toastError(`The backfill could not be ${action === 'cancel' ? 'cancelled' : `${action}d`}`, cause),
    )
  }
  return (
    <section className="card schedule-part" aria-labelledby="backfills">
      <h2 id="backfills">Backfills</h2>
      <ul className="backfills">
        {data.backfills.map(job => (
          <li key={job.backfillId}>
            <div>
              <strong>{job.state}</strong> {job.from.slice(0, 10)} to {job.to.slice(0, 10)}
              <div className="muted">
                {job.served} of {job.total} due times
                {job.existing > 0 && `, ${job.existing} had a run already`}
                {countsOf(job.runs) && ` · ${countsOf(job.runs)}`}
                {job.reason && ` · ${job.reason}`}
              </div>
              <progress max={job.total} value={job.served} aria-label="Due times served" />
            </div>
            {isOpen(job) && may('POST /dags/{fileName}/backfills/{backfillId}/{action}') && (
              <span className="entry-buttons">
                {job.state === 'running' ? (
                  <Button onClick={() => steer(job.backfillId, 'pause')}>Pause</Button>
                ) : (
                  <Button tone="primary" onClick={() => steer(job.backfillId, 'resume')}>
                    Resume
                  </Button>
                )}
                <Button tone="ghost" onClick={() => steer(job.backfillId, 'cancel')}>
                  Cancel
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
