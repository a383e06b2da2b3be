// The schedule of a DAG: its next due times in its zone and the reader's, what it has skipped and why, and its backfills.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Fire, fetchSchedule, type ScheduleAnswer, scheduleKeys } from '../api/schedule.ts'
import { Snippet } from '../components/snippet.tsx'
import { Button, EmptyState, ErrorState, Notice, Skeleton, Time } from '../components/ui.tsx'
import { scheduleWords } from '../lib/schedule.ts'
import { formatExact } from '../lib/time.ts'
import { BackfillDialog } from './backfill-dialog.tsx'
import { Backfills } from './backfills.tsx'

const WHY: Record<string, string> = {
  running: 'the run before was still going',
  queued: 'the run before was still queued',
  already_run: 'a run of that time was there already',
  succeeded: 'a run had succeeded since the time before',
  missed: 'nothing was there to start it, and there is no catchup_window',
  overlap: 'only the newest missed time is made up for',
}

/** `2026-03-29 03:00 +02:00` */
const wallClock = (local: string): string => `${local.slice(0, 10)} ${local.slice(11, 16)} ${local.slice(19)}`

function FireRow({ fire }: { fire: Fire }) {
  return (
    <tr>
      <td>
        {wallClock(fire.local)} <span className="muted">{fire.zone}</span>
        {fire.dst && <p className="fire-dst">{fire.dst.text}</p>}
      </td>
      <td>{formatExact(Date.parse(fire.at)).replace(/:00 /, ' ')}</td>
      <td>
        <Time value={fire.at} />
      </td>
      <td>
        {fire.do === 'start' ? '' : `${fire.do} · `}
        {scheduleWords({ kind: 'cron', expression: fire.expression })}
      </td>
    </tr>
  )
}

function Fires({ schedule }: { schedule: ScheduleAnswer }) {
  return (
    <>
      {schedule.suspended && (
        <Notice tone="warn">The schedule is off: nothing of this starts until it is switched on again.</Notice>
      )}
      {schedule.fires.length > 0 && (
        <table className="plain-table stacks">
          <thead>
            <tr>
              <th scope="col">Next, in its zone</th>
              <th scope="col">Here</th>
              <th scope="col">In</th>
              <th scope="col">Entry</th>
            </tr>
          </thead>
          <tbody>
            {schedule.fires.map(fire => (
              <FireRow key={`${fire.at} ${fire.do}`} fire={fire} />
            ))}
          </tbody>
        </table>
      )}
      {schedule.never.map(entry => (
        <Notice key={`${entry.do} ${entry.expression}`} tone="warn">
          <code>{entry.expression}</code> {entry.why}.
        </Notice>
      ))}
    </>
  )
}

function Skipped({ skipped }: Pick<ScheduleAnswer, 'skipped'>) {
  if (skipped.length === 0) return null
  return (
    <section className="card schedule-part" aria-labelledby="skipped">
      <h2 id="skipped">Starts that did not happen</h2>
      <ul className="skips">
        {skipped.map(({ from, at, count, reason }) => (
          <li key={`${from} ${reason}`}>
            <Time value={at} />
            {count > 1 && ` and ${count - 1} before it`}: {WHY[reason] ?? reason}
          </li>
        ))}
      </ul>
    </section>
  )
}

export function SchedulePanel({ file }: { file: string }) {
  const [filling, setFilling] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: scheduleKeys.one(file),
    queryFn: ({ signal }) => fetchSchedule(file, signal),
    staleTime: 0,
  })
  if (error && !data)
    return <ErrorState what="The schedule could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={4} />
  if (!data.scheduled)
    return (
      <EmptyState title="This DAG has no schedule">
        <p>It runs when it is started. To run it by the clock, add for example:</p>
        <Snippet text={'schedule: "0 3 * * *"'} what="Example" />
      </EmptyState>
    )
  return (
    <>
      <section className="card schedule-part" aria-labelledby="next-fires">
        <div className="schedule-head">
          <h2 id="next-fires">Next</h2>
          <span className="muted">Entries without a zone are read in {data.timezone}.</span>
          <span className="card-head-end">
            <Button calls="POST /dags/{fileName}/backfills" onClick={() => setFilling(true)}>
              Backfill…
            </Button>
          </span>
        </div>
        <Fires schedule={data} />
      </section>
      <Backfills file={file} />
      <Skipped skipped={data.skipped} />
      {filling && <BackfillDialog file={file} onClose={() => setFilling(false)} />}
    </>
  )
}
