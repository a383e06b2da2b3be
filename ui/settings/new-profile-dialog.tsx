// A new profile: its name and who may use it. Values come afterwards.
import { useState } from 'react'
import { createProfile } from '../api/profiles.ts'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { Button, Notice } from '../components/ui.tsx'

const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/

export function NewProfileDialog({ onClose, onCreated }: { onClose: () => void; onCreated: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [isProtected, setProtected] = useState(false)
  const [tried, setTried] = useState(false)
  const [error, setError] = useState<string>()
  const problem = NAME.test(name)
    ? undefined
    : 'Small letters, digits, dots, - and _, beginning with a letter or digit.'
  const create = (): void => {
    setTried(true)
    if (problem !== undefined) return
    createProfile({ name, description, protected: isProtected }).then(
      () => {
        onCreated()
        onClose()
      },
      cause => setError((cause as Error).message),
    )
  }
  return (
    <Dialog
      title="New profile"
      onClose={onClose}
      onSubmit={create}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="plus">
            Create
          </Button>
        </>
      }
    >
      {error !== undefined && <Notice tone="bad">{error}</Notice>}
      <Field label="Name" value={name} onChange={setName} placeholder="production" problem={tried && problem} />
      <Field label="Description" value={description} onChange={setDescription} />
      <label className="check">
        <input type="checkbox" checked={isProtected} onChange={event => setProtected(event.target.checked)} />
        Protected: only admins see, change and use it
      </label>
    </Dialog>
  )
}
