// A new DAG: its name and a template that runs at once.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createDag, dagKeys } from '../api/dags.ts'
import { Dialog } from '../components/dialog.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Button, Notice } from '../components/ui.tsx'
import { DAG_NAME, DAG_NAME_HINT } from '../lib/dag-name.ts'
import { navigate } from '../lib/router.tsx'
import { dagPath } from '../lib/url-state.ts'
import { TEMPLATES } from './templates.ts'

export function NewDagDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [template, setTemplate] = useState(0)
  const [tried, setTried] = useState(false)
  const spec = TEMPLATES[template]?.spec ?? ''
  const create = useMutation({
    mutationFn: () => createDag(name, spec),
    onSuccess: answer => {
      void client.invalidateQueries({ queryKey: dagKeys.list })
      onClose()
      navigate(dagPath(answer.name, 'spec'))
    },
  })
  const problem = DAG_NAME.test(name) ? undefined : DAG_NAME_HINT
  const submit = (): void => {
    setTried(true)
    if (problem === undefined) create.mutate()
  }
  return (
    <Dialog
      title="New DAG"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="plus" busy={create.isPending}>
            Create
          </Button>
        </>
      }
    >
      {create.error && <Notice tone="bad">Not created: {create.error.message || 'a DAG of this name exists.'}</Notice>}
      <div className="field">
        <label htmlFor="dag-name">Name</label>
        <input
          id="dag-name"
          autoFocus
          value={name}
          autoComplete="off"
          spellCheck={false}
          onChange={event => setName(event.target.value)}
          aria-describedby="dag-name-hint"
        />
        <div id="dag-name-hint" className={tried && problem ? 'field-problem' : 'field-hint'}>
          {tried && problem ? problem : 'Also the name of its file.'}
        </div>
      </div>
      <fieldset className="choices">
        <legend>Begin with</legend>
        {TEMPLATES.map((entry, index) => (
          <label key={entry.title} className="choice">
            <input type="radio" name="template" checked={index === template} onChange={() => setTemplate(index)} />
            <span>{entry.title}</span>
          </label>
        ))}
      </fieldset>
      <Snippet text={spec} what="Spec" />
    </Dialog>
  )
}
