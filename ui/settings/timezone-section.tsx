// The time zone of schedules that name none.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchTimezone, saveTimezone, zoneKey } from '../api/schedule.ts'
import { useAccess } from '../components/access.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, ErrorState, Skeleton } from '../components/ui.tsx'

const SAVE = 'PUT /settings/timezone'

export function TimezoneSection() {
  const { may } = useAccess()
  const client = useQueryClient()
  const [zone, setZone] = useState<string>()
  const { data, error, refetch } = useQuery({ queryKey: zoneKey, queryFn: ({ signal }) => fetchTimezone(signal) })
  if (error && !data)
    return <ErrorState what="The time zone could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={2} />
  const shown = zone ?? data.timezone
  const save = (timezone: string): void => {
    saveTimezone(timezone).then(
      answer => {
        client.setQueryData(zoneKey, answer)
        setZone(undefined)
        toast('ok', `Schedules are read in ${answer.timezone}`)
      },
      cause => toastError('The time zone was not saved', cause),
    )
  }
  return (
    <>
      <p className="lead">
        Schedules that name no zone (<code>CRON_TZ=…</code>) are read in this one. A change counts from now: what was
        due before has fired, and nothing fires twice.
      </p>
      <form
        className="filters"
        onSubmit={event => {
          event.preventDefault()
          save(shown.trim())
        }}
      >
        <label className="search-field">
          <input
            aria-label="Time zone"
            list="timezones"
            autoComplete="off"
            spellCheck={false}
            value={shown}
            readOnly={!may(SAVE)}
            onChange={event => setZone(event.target.value)}
          />
        </label>
        <datalist id="timezones">
          {Intl.supportedValuesOf('timeZone').map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button
          type="submit"
          tone="primary"
          calls={SAVE}
          disabled={shown.trim() === '' || shown.trim() === data.timezone}
        >
          Save
        </Button>
        {!data.isDefault && (
          <Button tone="ghost" calls={SAVE} onClick={() => save('')}>
            Use the host's own
          </Button>
        )}
      </form>
    </>
  )
}
