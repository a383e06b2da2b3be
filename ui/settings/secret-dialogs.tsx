// A new secret of the registry, or a new value for one that is there.
import { useState } from 'react'
import { createSecret, type RegistrySecret, rotateSecret } from '../api/secrets.ts'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { Button, Notice } from '../components/ui.tsx'

interface DialogProps {
  onClose: () => void
  onSaved: () => void
}

/** What both dialogs share: an attempt to save, its error, and the buttons. */
function useSaving({ onClose, onSaved }: DialogProps) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const save = async (work: Promise<unknown>): Promise<void> => {
    setBusy(true)
    try {
      await work
      onSaved()
      onClose()
    } catch (cause) {
      setError((cause as Error).message)
      setBusy(false)
    }
  }
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button type="submit" tone="primary" busy={busy}>
        Save
      </Button>
    </>
  )
  return { save, footer, notice: error !== undefined && <Notice tone="bad">{error}</Notice> }
}

const REF = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/

export function NewSecretDialog(props: DialogProps) {
  const [ref, setRef] = useState('')
  const [workspace, setWorkspace] = useState('')
  const [description, setDescription] = useState('')
  const [value, setValue] = useState('')
  const [tried, setTried] = useState(false)
  const { save, footer, notice } = useSaving(props)
  const problem = REF.test(ref) ? undefined : 'Letters, digits, dots, - and _, in parts divided by a slash.'
  const submit = (): void => {
    setTried(true)
    if (problem === undefined && value !== '') void save(createSecret({ ref, workspace, description, value }))
  }
  return (
    <Dialog title="New secret" onClose={props.onClose} onSubmit={submit} footer={footer}>
      {notice}
      <Field
        label="Reference"
        value={ref}
        onChange={setRef}
        placeholder="prod/db-password"
        problem={tried && problem}
        hint={
          <>
            DAGs name it: <code>secrets: [&#123; name: DB_PASSWORD, ref: prod/db-password &#125;]</code>
          </>
        }
      />
      <Field
        label="Value"
        type="password"
        value={value}
        onChange={setValue}
        hint="Encrypted when it is stored, and never shown again."
        problem={tried && value === '' && 'A secret needs a value.'}
      />
      <Field
        label="Workspace"
        value={workspace}
        onChange={setWorkspace}
        hint="Empty: for the DAGs of all workspaces."
      />
      <Field label="Description" value={description} onChange={setDescription} />
    </Dialog>
  )
}

export function RotateDialog({ secret, ...props }: DialogProps & { secret: RegistrySecret }) {
  const [value, setValue] = useState('')
  const { save, footer, notice } = useSaving(props)
  return (
    <Dialog
      title={`A new value for ${secret.ref}`}
      onClose={props.onClose}
      onSubmit={() => value !== '' && void save(rotateSecret(secret.id, value))}
      footer={footer}
    >
      {notice}
      <Field
        label="Value"
        type="password"
        value={value}
        onChange={setValue}
        hint="Attempts that start from now on have it; one that is running keeps the value that it began with."
      />
    </Dialog>
  )
}
