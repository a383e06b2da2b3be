// Which documents a runner gets from now on.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Runner, runnerKeys, setRunnerDocs } from '../api/runners.ts'
import { Dialog } from '../components/dialog.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button } from '../components/ui.tsx'
import { choiceOf, docsOf, docsText } from '../lib/runner-docs.ts'
import { DocsFields } from './docs-fields.tsx'

export function RunnerDocsDialog({ runner, onClose }: { runner: Runner; onClose: () => void }) {
  const client = useQueryClient()
  const [choice, setChoice] = useState(() => choiceOf(runner.docs))
  const [busy, setBusy] = useState(false)
  const save = (): void => {
    setBusy(true)
    setRunnerDocs(runner.runnerId, docsOf(choice)).then(
      ({ docs }) => {
        toast('ok', `${runner.id}: ${docsText(docs)}`)
        void client.invalidateQueries({ queryKey: runnerKeys.list })
        onClose()
      },
      cause => {
        setBusy(false)
        toastError(`The documents of ${runner.id} were not changed`, cause)
      },
    )
  }
  return (
    <Dialog
      title={`Documents of ${runner.id}`}
      onClose={onClose}
      onSubmit={save}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <DocsFields choice={choice} onChange={setChoice} />
      <p className="muted">
        It holds at once. Documents that it may not have any more leave its folder; what was changed there is kept.
      </p>
    </Dialog>
  )
}
