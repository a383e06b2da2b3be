// Stop, retry and dequeue of one run: they tell what came of it and refresh what is shown.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { dequeueRun, retryRun, runKeys, stopRun } from '../api/runs.ts'
import { toast, toastError } from '../components/toasts.tsx'

export interface RunActions {
  stop: () => void
  dequeue: () => void
  /** From the failed steps, or from one step on. */
  retry: (step?: string) => void
  busy: boolean
}

type Act = { kind: 'stop' | 'dequeue' } | { kind: 'retry'; step?: string | undefined }

const DONE: Record<Act['kind'], string> = {
  stop: 'Stop requested',
  dequeue: 'Taken out of the queue',
  retry: 'Retry started',
}

export function useRunActions(name: string, id: string): RunActions {
  const client = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: (act: Act) =>
      act.kind === 'retry'
        ? retryRun(name, id, act.step)
        : act.kind === 'stop'
          ? stopRun(name, id)
          : dequeueRun(name, id),
    onSuccess: (_, act) => {
      toast('ok', act.kind === 'retry' && act.step ? `Retry from ${act.step} started` : DONE[act.kind])
      void client.invalidateQueries({ queryKey: runKeys.one(name, id) })
    },
    onError: (error, act) => toastError(act.kind === 'retry' ? 'Not retried' : 'Not stopped', error),
  })
  return {
    stop: () => mutate({ kind: 'stop' }),
    dequeue: () => mutate({ kind: 'dequeue' }),
    retry: step => mutate({ kind: 'retry', step }),
    busy: isPending,
  }
}
