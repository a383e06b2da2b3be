// Edit and retry: the text that the run had, changed, as a new run that takes over what had succeeded and is still the same.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type EditPreview, editRetry, previewEdit } from '../api/run-again.ts'
import { fetchRunSpec } from '../api/runs.ts'
import { Dialog } from '../components/dialog.tsx'
import { Button, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { YamlField } from '../editor/yaml-field.tsx'
import { navigate } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'

const LOOK_AFTER_MS = 400

interface EditRetryProps {
  name: string
  id: string
  onClose: () => void
}

/** Which steps are taken over: those that may be, unless they are to run again. */
function Choice({
  preview,
  again,
  onAgain,
}: {
  preview: EditPreview
  again: ReadonlySet<string>
  onAgain: (step: string, runs: boolean) => void
}) {
  const reasons = new Map(preview.ineligibleSteps.map(({ stepName, reason }) => [stepName, reason]))
  return (
    <ul className="edit-steps">
      {preview.steps.map(({ name, canSkip, changed }) => (
        <li key={name}>
          <label>
            <input
              type="checkbox"
              checked={!canSkip || again.has(name)}
              disabled={!canSkip}
              onChange={event => onAgain(name, event.target.checked)}
            />{' '}
            run <strong>{name}</strong>
          </label>{' '}
          <span className="muted">{reasons.get(name) ?? (changed ? 'it is written otherwise now' : 'as it was')}</span>
        </li>
      ))}
    </ul>
  )
}

export function EditRetryDialog({ name, id, onClose }: EditRetryProps) {
  const { data, error } = useQuery({
    queryKey: ['run-spec', name, id],
    queryFn: ({ signal }) => fetchRunSpec(name, id, signal),
  })
  const [text, setText] = useState<string>()
  const [preview, setPreview] = useState<EditPreview>()
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map())
  const spec = text ?? data?.spec
  useEffect(() => {
    if (spec === undefined) return
    let isOld = false
    const timer = setTimeout(() => {
      previewEdit(name, id, spec).then(
        answer => isOld || setPreview(answer),
        () => undefined,
      )
    }, LOOK_AFTER_MS)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [name, id, spec])
  const again = new Set(
    preview?.steps
      .filter(step => chosen.get(step.name) ?? !preview.skippedSteps.includes(step.name))
      .map(step => step.name),
  )
  const launch = useMutation({
    mutationFn: () => {
      const skip = preview?.steps.filter(step => step.canSkip && !again.has(step.name)).map(step => step.name) ?? []
      return editRetry(name, id, spec ?? '', skip)
    },
    onSuccess: ({ dagRunId }) => {
      onClose()
      navigate(runPath(preview?.dagName ?? name, dagRunId))
    },
  })
  const broken = (preview?.errors ?? []).length > 0
  return (
    <Dialog
      wide
      title={`Edit and retry ${name}`}
      onClose={onClose}
      onSubmit={() => launch.mutate()}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" tone="primary" disabled={!preview || broken} busy={launch.isPending}>
            Start as a new run
          </Button>
        </>
      }
    >
      {error && <ErrorState what="The text of this run could not be loaded" error={error} />}
      {data === undefined && !error && <Skeleton rows={4} height={40} />}
      {data && (
        <YamlField
          stored={data.spec}
          onChange={setText}
          onSave={() => launch.mutate()}
          problems={(preview?.errors ?? []).map(message => ({ message }))}
        />
      )}
      {launch.error && <Notice tone="bad">Not started: {launch.error.message}</Notice>}
      {preview?.errors.map(message => (
        <Notice key={message} tone="bad">
          {message}
        </Notice>
      ))}
      {preview && !broken && (
        <Choice preview={preview} again={again} onAgain={(step, runs) => setChosen(new Map(chosen).set(step, runs))} />
      )}
      {preview && !broken && again.size < preview.steps.length && (
        <p className="muted">
          The other steps are taken over with their outputs. The new run has a work directory of its own.
        </p>
      )}
    </Dialog>
  )
}
