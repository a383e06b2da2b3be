// Before the first DAG: what one is, and the ways to the first.
import { useState } from 'react'
import { Snippet } from '../components/snippet.tsx'
import { Button, EmptyState } from '../components/ui.tsx'
import { NewDagDialog } from './new-dag-dialog.tsx'

export function NoDags() {
  const [creating, setCreating] = useState(false)
  return (
    <>
      <EmptyState
        title="No DAGs yet"
        action={
          <Button icon="plus" tone="primary" calls="POST /dags" onClick={() => setCreating(true)}>
            New DAG
          </Button>
        }
      >
        <p>A DAG is a YAML file with steps. Create one here, or save this as a file in the folder that you serve:</p>
        <Snippet text={'steps:\n  - name: hello\n    command: echo "Hello"\n'} what="Example" />
      </EmptyState>
      {creating && <NewDagDialog onClose={() => setCreating(false)} />}
    </>
  )
}
