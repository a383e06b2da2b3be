// Running the due times of a range in the past: previewed before anything starts.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import {
  type BackfillInput,
  type BackfillPreview,
  previewBackfill,
  scheduleKeys,
  startBackfill,
} from '../api/schedule.ts'
import { Dialog } from '../components/dialog.tsx'
import { toast } from '../components/toasts.tsx'
import { Button, ErrorState, Notice } from '../components/ui.tsx'
import { formatExact } from '../lib/time.ts'

function Preview({ preview }: { preview: BackfillPreview }) {
  const fresh = preview.total - preview.existing
  return (
    <Notice tone={fresh === 0 ? 'warn' : 'info'}>
      <p>
        {fresh === 0 ? 'All due times of this range have a run already.' : `${fresh} runs, oldest first.`}
        {preview.existing > 0 && fresh > 0 && ` ${preview.existing} due times have one already and are left alone.`}
      </p>
      <ul className="skips">
        {preview.first.map(at => (
          <li key={at}>{formatExact(Date.parse(at), preview.timezone)}</li>
        ))}
        {preview.total > preview.first.length && (
          <li>… until {formatExact(Date.parse(preview.last), preview.timezone)}</li>
        )}
      </ul>
    </Notice>
  )
}

const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

export function BackfillDialog({ file, onClose }: { file: string; onClose: () => void }) {
  const client = useQueryClient()
  const ids = { from: useId(), to: useId(), most: useId(), params: useId() }
  const [from, setFrom] = useState(yesterday)
  const [to, setTo] = useState(yesterday)
  const [concurrency, setConcurrency] = useState('1')
  const [params, setParams] = useState('')
  const [pauseOnFailure, setPauseOnFailure] = useState(true)
  const input: BackfillInput = {
    from,
    ...(to === '' ? {} : { to }),
    concurrency: Number(concurrency),
    ...(params.trim() === '' ? {} : { params }),
    pauseOnFailure,
  }
  const preview = useMutation({ mutationFn: () => previewBackfill(file, input) })
  const start = useMutation({
    mutationFn: () => startBackfill(file, input),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: scheduleKeys.backfills(file) })
      toast('ok', 'The backfill is under way')
      onClose()
    },
  })
  const changed = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value)
    preview.reset()
  }
  const isReady = preview.data !== undefined && preview.data.total > preview.data.existing
  return (
    <Dialog
      title={`Backfill ${file}`}
      onClose={onClose}
      onSubmit={() => (isReady ? start.mutate() : preview.mutate())}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone={isReady ? 'primary' : 'plain'} busy={preview.isPending || start.isPending}>
            {isReady ? 'Start it' : 'Preview'}
          </Button>
        </>
      }
    >
      <p className="muted">
        One run for each due time of the schedule in this range that has none. Each is told its own time as{' '}
        <code>DAG_SCHEDULED_TIME</code>.
      </p>
      <div className="field">
        <label htmlFor={ids.from}>First day</label>
        <input id={ids.from} type="date" required value={from} onChange={changed(setFrom)} />
      </div>
      <div className="field">
        <label htmlFor={ids.to}>Last day</label>
        <input id={ids.to} type="date" value={to} onChange={changed(setTo)} />
      </div>
      <div className="field">
        <label htmlFor={ids.most}>Runs at once</label>
        <input id={ids.most} type="number" min={1} max={100} value={concurrency} onChange={changed(setConcurrency)} />
      </div>
      <div className="field">
        <label htmlFor={ids.params}>Parameters</label>
        <input id={ids.params} type="text" autoComplete="off" value={params} onChange={changed(setParams)} />
      </div>
      <label className="check">
        <input type="checkbox" checked={pauseOnFailure} onChange={event => setPauseOnFailure(event.target.checked)} />
        <span>Pause when a run fails</span>
      </label>
      {preview.error && <ErrorState what="There is nothing to preview" error={preview.error} />}
      {start.error && <ErrorState what="The backfill was not started" error={start.error} />}
      {preview.data && <Preview preview={preview.data} />}
    </Dialog>
  )
}
