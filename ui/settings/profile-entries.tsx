// The variables and secrets of a profile, or of a default layer: seen, changed, added, deleted. A secret's value is never shown.
import { useState } from 'react'
import { defaultsPath, deleteEntry, type ProfileEntry, saveEntry } from '../api/profiles.ts'
import { Allowed } from '../components/access.tsx'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { toast } from '../components/toasts.tsx'
import { Button, Notice, Time } from '../components/ui.tsx'

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/

interface EntriesProps {
  /** Address of the profile, e.g. `/profiles/prod`. */
  path: string
  entries: readonly ProfileEntry[]
  onChanged: () => void
}

function EntryDialog({
  path,
  kind,
  entry,
  onClose,
  onChanged,
}: Omit<EntriesProps, 'entries'> & { kind: ProfileEntry['kind']; entry?: ProfileEntry; onClose: () => void }) {
  const [key, setKey] = useState(entry?.key ?? '')
  const [value, setValue] = useState(entry?.value ?? '')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const problem = KEY.test(key) ? undefined : 'Letters, digits and _, not beginning with a digit.'
  const save = async (): Promise<void> => {
    setTried(true)
    if (problem !== undefined) return
    setBusy(true)
    try {
      await saveEntry(path, kind, key, value)
      toast('ok', `${key} saved: attempts that start from now on have it`)
      onChanged()
      onClose()
    } catch (cause) {
      setError((cause as Error).message)
      setBusy(false)
    }
  }
  const what = entry ? (kind === 'secret' ? `A new value for ${entry.key}` : entry.key) : `New ${kind}`
  return (
    <Dialog
      title={what}
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Save
          </Button>
        </>
      }
    >
      {error !== undefined && <Notice tone="bad">{error}</Notice>}
      <Field
        label="Name"
        value={key}
        onChange={setKey}
        disabled={entry !== undefined}
        hint="The environment variable that steps see."
        problem={tried && problem}
      />
      <Field
        label="Value"
        value={value}
        onChange={setValue}
        {...(kind === 'secret' ? { type: 'password' } : { lines: 3 })}
        hint={kind === 'secret' ? 'Encrypted when it is stored, and never shown again.' : undefined}
      />
    </Dialog>
  )
}

export function ProfileEntries({ path, entries, onChanged }: EntriesProps) {
  const writes =
    path === defaultsPath('') ? 'PUT /profiles/_global/variables/{key}' : 'PUT /profiles/{profileName}/variables/{key}'
  const [editing, setEditing] = useState<{ kind: ProfileEntry['kind']; entry?: ProfileEntry }>()
  const [deleting, setDeleting] = useState<string>()
  const [error, setError] = useState<string>()
  const remove = (key: string): void => {
    setDeleting(undefined)
    deleteEntry(path, key).then(
      () => {
        setError(undefined)
        onChanged()
      },
      cause => setError(`${key} was not deleted: ${(cause as Error).message}`),
    )
  }
  return (
    <div className="entries">
      {error !== undefined && <Notice tone="bad">{error}</Notice>}
      {entries.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th>Name</th>
              <th>Value</th>
              <th className="only-wide">Changed</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map(entry => (
              <tr key={entry.key}>
                <td className="mono">{entry.key}</td>
                <td className="mono entry-value">
                  {entry.kind === 'secret' ? <span className="muted">secret, not shown</span> : entry.value}
                </td>
                <td className="only-wide muted">
                  <Time value={entry.updatedAt} /> {entry.updatedBy && `by ${entry.updatedBy}`}
                </td>
                <td className="row-actions">
                  <Allowed to={writes}>
                    <button
                      type="button"
                      className="link-button"
                      onClick={() => setEditing({ kind: entry.kind, entry })}
                    >
                      {entry.kind === 'secret' ? 'Rotate' : 'Change'}
                    </button>
                    <button type="button" className="link-button" onClick={() => setDeleting(entry.key)}>
                      Delete
                    </button>
                  </Allowed>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="entry-buttons">
        <Button icon="plus" calls={writes} onClick={() => setEditing({ kind: 'variable' })}>
          Variable
        </Button>
        <Button icon="plus" calls={writes} onClick={() => setEditing({ kind: 'secret' })}>
          Secret
        </Button>
      </div>
      {editing && <EntryDialog path={path} {...editing} onClose={() => setEditing(undefined)} onChanged={onChanged} />}
      {deleting !== undefined && (
        <ConfirmDialog
          title={`Delete ${deleting}?`}
          confirm={`Delete ${deleting}`}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove(deleting)}
        >
          Attempts that start from now on are without it. The value cannot be brought back.
        </ConfirmDialog>
      )}
    </div>
  )
}
