// Profiles: named sets of variables and secrets that a run is started with, and the default values under them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  changeProfile,
  defaultsPath,
  deleteProfile,
  fetchDefaults,
  fetchProfiles,
  type Profile,
  type ProfileChange,
  profileKeys,
  profilePath,
} from '../api/profiles.ts'
import { useAccess } from '../components/access.tsx'
import { ConfirmDialog } from '../components/dialog.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, EmptyState, ErrorState, Skeleton, Time } from '../components/ui.tsx'
import { NewProfileDialog } from './new-profile-dialog.tsx'
import { ProfileEntries } from './profile-entries.tsx'

const counted = (profile: Profile): string => {
  const secrets = profile.entries.filter(({ kind }) => kind === 'secret').length
  const variables = profile.entries.length - secrets
  const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  return `${plural(variables, 'variable')}, ${plural(secrets, 'secret')}`
}

function ProfileCard({ profile, onChanged }: { profile: Profile; onChanged: () => void }) {
  const [open, setOpen] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const { name } = profile
  const change = (what: ProfileChange, done: string): void => {
    changeProfile(profilePath(name), what).then(
      () => {
        toast('ok', done)
        onChanged()
      },
      cause => toastError(`${name} was not changed`, cause),
    )
  }
  const disabled = profile.status === 'disabled'
  return (
    <li className="card profile">
      <div className="runner-head">
        <button type="button" className="disclosure" aria-expanded={open} onClick={() => setOpen(!open)}>
          {name}
        </button>
        {profile.protected && <span className="label">protected</span>}
        {disabled && <span className="label">disabled</span>}
        <span className="muted">{counted(profile)}</span>
        <span className="muted only-wide">
          <Time value={profile.updatedAt} />
        </span>
        <span className="card-head-end">
          <Button
            tone="ghost"
            onClick={() =>
              change({ status: disabled ? 'active' : 'disabled' }, `${name} is ${disabled ? 'active' : 'disabled'}`)
            }
          >
            {disabled ? 'Enable' : 'Disable'}
          </Button>
          <Button tone="ghost" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        </span>
      </div>
      {profile.description && <p className="muted">{profile.description}</p>}
      {open && (
        <>
          <label className="check">
            <input
              type="checkbox"
              checked={profile.protected}
              onChange={event =>
                change(
                  { protected: event.target.checked },
                  `${name} is ${event.target.checked ? 'protected' : 'for everybody'}`,
                )
              }
            />
            Protected: only admins see, change and use it
          </label>
          <ProfileEntries path={profilePath(name)} entries={profile.entries} onChanged={onChanged} />
        </>
      )}
      {deleting && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          confirm={`Delete ${name}`}
          onClose={() => setDeleting(false)}
          onConfirm={() =>
            void deleteProfile(name).then(
              () => {
                toast('ok', `${name} deleted`)
                onChanged()
              },
              cause => toastError(`${name} was not deleted`, cause),
            )
          }
        >
          Its variables and secrets are deleted with it. Runs that were started with it keep their results, but cannot
          be retried.
        </ConfirmDialog>
      )}
    </li>
  )
}

function Defaults({ profiles }: { profiles: readonly Profile[] }) {
  const { may } = useAccess()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: profileKeys.defaults(''),
    queryFn: ({ signal }) => fetchDefaults('', signal),
  })
  const changed = (): void => void client.invalidateQueries({ queryKey: profileKeys.defaults('') })
  if (!data && error)
    return <ErrorState what="The default values could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={2} />
  return (
    <section className="card profile" aria-label="Default values">
      <div className="runner-head">
        <h2>Default values</h2>
        <label className="card-head-end select-field">
          <span className="muted">Profile of runs that name none</span>
          <select
            aria-label="Profile of runs that name none"
            value={data.defaultProfile}
            disabled={!may('PATCH /profiles/_global')}
            onChange={event =>
              void changeProfile(defaultsPath(''), { defaultProfile: event.target.value }).then(changed, cause =>
                toastError('Not changed', cause),
              )
            }
          >
            <option value="">none</option>
            {profiles.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <p className="muted">Every run has these, also one without a profile. A profile's own values win over them.</p>
      <ProfileEntries path={defaultsPath('')} entries={data.entries} onChanged={changed} />
    </section>
  )
}

export function ProfilesSection() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: profileKeys.list,
    queryFn: ({ signal }) => fetchProfiles(signal),
  })
  const changed = (): void => void client.invalidateQueries({ queryKey: profileKeys.list })
  if (!data && error)
    return <ErrorState what="The profiles could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={4} />
  return (
    <>
      <p className="lead">
        A profile is chosen when a run starts: its variables win over the DAG's <code>env</code>, its secrets reach the
        steps and are masked in logs. A retry takes the same profile, with its values of that moment.
      </p>
      <div className="section-head">
        <Button icon="plus" tone="primary" onClick={() => setAdding(true)}>
          New profile
        </Button>
      </div>
      {data.profiles.length === 0 && (
        <EmptyState title="No profile yet">
          <p>
            For example <code>staging</code> and <code>production</code>, with the addresses and passwords of each.
          </p>
        </EmptyState>
      )}
      <ul className="stack">
        {data.profiles.map(profile => (
          <ProfileCard key={profile.name} profile={profile} onChanged={changed} />
        ))}
      </ul>
      <Defaults profiles={data.profiles} />
      {adding && <NewProfileDialog onClose={() => setAdding(false)} onCreated={changed} />}
    </>
  )
}
