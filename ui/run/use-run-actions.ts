// Stop, retry and dequeue of one run: they tell what came of it and refresh what is shown.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { rescheduleRun } from '../api/run-again.ts'
import { dequeueRun, retryRun, runKeys, stopRun } from '../api/runs.ts'
import { toast, toastError } from '../components/toasts.tsx'
import { navigate } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'

export interface RunActions {
  stop: () => void
  dequeue: () => void
  /** From the failed steps, or from one step on. */
  retry: (step?: string) => void
  /** A new run with the same definition and parameters. */
  again: () => void
  busy: boolean
}

type Act = { kind: 'stop' | 'dequeue' | 'again' } | { kind: 'retry'; step?: string | undefined }

const DONE: Record<Act['kind'], string> = {
  stop: 'Stop requested',
  dequeue: 'Taken out of the queue',
  retry: 'Retry started',
  again: 'A new run was queued',
}

async function send(name: string, id: string, act: Act): Promise<{ dagRunId: string } | undefined> {
  if (act.kind === 'again') return rescheduleRun(name, id)
  if (act.kind === 'retry') await retryRun(name, id, act.step)
  else if (act.kind === 'stop') await stopRun(name, id)
  else await dequeueRun(name, id)
}

const FAILED: Record<Act['kind'], string> = {
  stop: 'Not stopped',
  dequeue: 'Not taken out of the queue',
  retry: 'Not retried',
  again: 'No new run was made',
}

export function useRunActions(name: string, id: string): RunActions {
  const client = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: (act: Act) => send(name, id, act),
    onSuccess: (made, act) => {
      if (made) navigate(runPath(name, made.dagRunId))
      toast('ok', act.kind === 'retry' && act.step ? `Retry from ${act.step} started` : DONE[act.kind])
      void client.invalidateQueries({ queryKey: runKeys.one(name, id) })
    },
    onError: (error, act) => toastError(FAILED[act.kind], error),
  })
  return {
    stop: () => mutate({ kind: 'stop' }),
    dequeue: () => mutate({ kind: 'dequeue' }),
    retry: step => mutate({ kind: 'retry', step }),
    again: () => mutate({ kind: 'again' }),
    busy: isPending,
  }
}
