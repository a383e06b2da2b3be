// The live switch of a schedule. Reversible, so it shows its new state at once and takes it back when the server refuses.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { askAgain } from '../api/ask-again.ts'
import { dagKeys, suspendDag } from '../api/dags.ts'
import type { DagDetails, DagListItem } from '../api/types.ts'
import { toastError } from '../components/toasts.tsx'
import { Switch } from '../components/ui.tsx'

type DagList = { dags: DagListItem[]; errors: string[] }

export function SuspendSwitch({ file, name, suspended }: { file: string; name: string; suspended: boolean }) {
  const client = useQueryClient()
  const show = (next: boolean): void => {
    client.setQueryData<DagList>(dagKeys.list, list =>
      list
        ? { ...list, dags: list.dags.map(dag => (dag.fileName === file ? { ...dag, suspended: next } : dag)) }
        : list,
    )
    client.setQueryData<DagDetails>(dagKeys.one(file), dag => (dag ? { ...dag, suspended: next } : dag))
  }
  const { mutate } = useMutation({
    mutationFn: (next: boolean) => suspendDag(file, next),
    onMutate: show,
    onError: (error, next) => {
      show(!next)
      toastError(`Schedule of ${name} not changed`, error)
    },
    // An answer that was on its way may have shown it as it was.
    onSettled: () => {
      askAgain(client, dagKeys.list)
      askAgain(client, dagKeys.one(file))
    },
  })
  return (
    <Switch
      checked={!suspended}
      label={suspended ? `Schedule of ${name} is off. Turn it on` : `Schedule of ${name} is on. Turn it off`}
      calls="POST /dags/{fileName}/suspend"
      onChange={on => mutate(!on)}
    />
  )
}
