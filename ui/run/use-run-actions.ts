// What can be done to one run: each act tells what came of it and refreshes what is shown.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { rescheduleRun } from '../api/run-again.ts'
import {
  deleteRun,
  dequeueRun,
  type ManualStatus,
  type RetryOf,
  retryRun,
  runKeys,
  setStepStatus,
  stopRun,
} from '../api/runs.ts'
import { type ToastAction, toast, toastError } from '../components/toasts.tsx'
import { navigate } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'

export type RunAct =
  | { kind: 'stop' | 'abandon' | 'dequeue' | 'delete' }
  /** A new run with the same definition and parameters; `current`: with the DAG as it is now. */
  | { kind: 'again'; current?: boolean }
  /** From the failed steps, from one step on, or one step alone. */
  | { kind: 'retry'; of?: RetryOf }
  /** `before`: what it was, so that it can be taken back. */
  | { kind: 'mark'; step: string; status: ManualStatus; before: ManualStatus | undefined }

export interface RunActions {
  act: (act: RunAct) => void
  busy: boolean
}

interface Words {
  done: string
  failed: string
}

const stepOf = (of: RetryOf): string => ('fromStep' in of ? of.fromStep : of.stepName)

const wordsOf = (act: RunAct): Words => {
  switch (act.kind) {
    case 'stop':
      return { done: 'Stop requested', failed: 'Not stopped' }
    case 'abandon':
      return { done: 'The run is ended without its host', failed: 'Not ended' }
    case 'dequeue':
      return { done: 'Taken out of the queue', failed: 'Not taken out of the queue' }
    case 'delete':
      return { done: 'The run is deleted', failed: 'Not deleted' }
    case 'again':
      return { done: 'A new run was queued', failed: 'No new run was made' }
    case 'mark':
      return { done: `${act.step} counts as ${act.status} now`, failed: `${act.step} was not changed` }
    case 'retry': {
      const which =
        act.of === undefined ? '' : 'fromStep' in act.of ? ` from ${stepOf(act.of)}` : ` of ${stepOf(act.of)}`
      return { done: `Retry${which} started`, failed: 'Not retried' }
    }
  }
}

async function send(name: string, id: string, act: RunAct): Promise<{ dagRunId: string } | undefined> {
  if (act.kind === 'again') return rescheduleRun(name, id, act.current)
  if (act.kind === 'retry') await retryRun(name, id, act.of)
  else if (act.kind === 'dequeue') await dequeueRun(name, id)
  else if (act.kind === 'delete') await deleteRun(name, id)
  else if (act.kind === 'mark') await setStepStatus(name, id, act.step, act.status)
  else await stopRun(name, id, act.kind === 'abandon')
}

export function useRunActions(name: string, id: string): RunActions {
  const client = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: (act: RunAct) => send(name, id, act),
    onSuccess: (made, act) => {
      if (made) navigate(runPath(name, made.dagRunId))
      const { done } = wordsOf(act)
      toast('ok', done, act.kind === 'mark' ? undo(act) : undefined)
      if (act.kind === 'delete') {
        void client.invalidateQueries({ queryKey: runKeys.lists })
        navigate('/dag-runs')
      } else void client.invalidateQueries({ queryKey: runKeys.one(name, id) })
    },
    onError: (error, act) => toastError(wordsOf(act).failed, error),
  })
  const undo = ({ step, status, before }: RunAct & { kind: 'mark' }): ToastAction | undefined =>
    before === undefined
      ? undefined
      : { word: 'Undo', act: () => mutate({ kind: 'mark', step, status: before, before: status }) }
  return { act: act => mutate(act), busy: isPending }
}
