// Which profile a run starts with. Nothing is shown where there is none to choose.
import { useQuery } from '@tanstack/react-query'
import { fetchProfileChoices, profileKeys } from '../api/profiles.ts'
import { useAccess } from '../components/access.tsx'

interface ProfileChoiceProps {
  /** Absent: the default of the DAG; empty: none. */
  value: string | undefined
  onChange: (profile: string | undefined) => void
}

/** Values of a select are texts: this one stands for "not chosen", and is no name of a profile. */
const DEFAULT = '*'

export function ProfileChoice({ value, onChange }: ProfileChoiceProps) {
  const { may } = useAccess()
  const { data } = useQuery({
    enabled: may('GET /profile-choices'),
    queryKey: profileKeys.choices,
    queryFn: ({ signal }) => fetchProfileChoices(signal),
    retry: false,
  })
  if (!data || data.profiles.length === 0) return null
  return (
    <div className="field">
      <label htmlFor="profile">Profile</label>
      <select
        id="profile"
        value={value ?? DEFAULT}
        onChange={event => onChange(event.target.value === DEFAULT ? undefined : event.target.value)}
      >
        <option value={DEFAULT}>The default</option>
        <option value="">None</option>
        {data.profiles.map(({ name, description }) => (
          <option key={name} value={name} title={description}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
