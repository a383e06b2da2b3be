// Starting a DAG: a form made from its parameters, or their text as it is; now or through the queue.
import { runIdProblem } from '@edgedag/core/run/run-id'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { dagKeys, enqueueDag, fetchDag, startDag } from '../api/dags.ts'
import { dryRun } from '../api/run-again.ts'
import { Dialog } from '../components/dialog.tsx'
import { Button, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { type FieldValues, fieldProblem, hasForm, initialValues, toParamsText } from '../lib/params.ts'
import { navigate } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'
import { DryRunView } from './dry-run-view.tsx'
import { ParamField } from './param-field.tsx'
import { ProfileChoice } from './profile-choice.tsx'

export function StartDialog({ file, onClose }: { file: string; onClose: () => void }) {
  const {
    data: dag,
    error,
    refetch,
  } = useQuery({ queryKey: dagKeys.one(file), queryFn: ({ signal }) => fetchDag(file, signal) })
  const [values, setValues] = useState<FieldValues>()
  const [raw, setRaw] = useState<string>()
  const [runId, setRunId] = useState('')
  /** Absent: the default of the DAG. */
  const [profile, setProfile] = useState<string>()
  const [tried, setTried] = useState(false)
  const defs = dag?.dag.paramDefs
  const form = hasForm(defs)
  useEffect(() => {
    if (dag === undefined || values !== undefined) return
    setValues(initialValues(dag.dag.paramDefs ?? []))
    if (!hasForm(dag.dag.paramDefs)) setRaw(dag.dag.defaultParams ?? '')
  }, [dag, values])
  const locked = dag?.dag.runConfig?.disableParamEdit === true
  const paramsText = (): string => (locked ? '' : (raw ?? (form && values ? toParamsText(defs, values) : '')))
  const rehearse = useMutation({ mutationFn: () => dryRun(file, paramsText()) })
  const launch = useMutation({
    mutationFn: (how: 'start' | 'enqueue') => {
      const params = paramsText()
      const input = {
        ...(params === '' ? {} : { params }),
        ...(runId === '' ? {} : { dagRunId: runId }),
        ...(profile === undefined ? {} : { profile }),
      }
      return how === 'start' ? startDag(file, input) : enqueueDag(file, input)
    },
    onSuccess: answer => {
      onClose()
      navigate(runPath(dag?.dag.name ?? file, answer.dagRunId))
    },
  })
  const problems =
    form && values && raw === undefined ? defs.map(def => fieldProblem(def, values[def.name ?? ''] ?? '')) : []
  const idProblem = runId === '' ? undefined : (runIdProblem(runId) ?? undefined)
  const go = (how: 'start' | 'enqueue'): void => {
    setTried(true)
    if (problems.every(problem => problem === undefined) && idProblem === undefined) launch.mutate(how)
  }
  const broken = (dag?.errors ?? []).length > 0
  return (
    <Dialog
      title={`Start ${dag?.dag.name ?? file}`}
      onClose={onClose}
      onSubmit={() => go('start')}
      footer={
        <>
          <Button disabled={!dag || broken} busy={rehearse.isPending} onClick={() => rehearse.mutate()}>
            Dry run
          </Button>
          <Button disabled={!dag || broken} busy={launch.isPending} onClick={() => go('enqueue')}>
            Enqueue
          </Button>
          <Button type="submit" icon="play" tone="primary" disabled={!dag || broken} busy={launch.isPending}>
            Start now
          </Button>
        </>
      }
    >
      {error && !dag && (
        <ErrorState what="The parameters could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {!dag && !error && <Skeleton rows={2} height={56} />}
      {broken && <Notice tone="bad">This DAG does not load, so it cannot start: {dag?.errors?.[0]}</Notice>}
      {launch.error && <Notice tone="bad">Not started: {launch.error.message}</Notice>}
      {locked && <Notice tone="info">This DAG does not allow its parameters to be changed at start.</Notice>}
      {dag && values && raw === undefined && form && (
        <>
          {defs.map((def, index) => (
            <ParamField
              key={def.name}
              def={def}
              value={values[def.name ?? ''] ?? ''}
              problem={tried ? problems[index] : undefined}
              disabled={locked}
              onChange={value => setValues({ ...values, [def.name ?? '']: value })}
            />
          ))}
          <button type="button" className="link-button" onClick={() => setRaw(toParamsText(defs, values))}>
            Edit as text
          </button>
        </>
      )}
      {dag && raw !== undefined && (
        <div className="field">
          <label htmlFor="raw-params">Parameters as text</label>
          <textarea
            id="raw-params"
            className="mono"
            rows={3}
            value={raw}
            disabled={locked}
            spellCheck={false}
            onChange={event => setRaw(event.target.value)}
          />
          <div className="field-hint">
            <code>KEY=value "two words"</code> or a JSON object. Leave it empty for the defaults.
          </div>
          {form && (
            <button type="button" className="link-button" onClick={() => setRaw(undefined)}>
              Back to the form
            </button>
          )}
        </div>
      )}
      {dag && <ProfileChoice value={profile} onChange={setProfile} />}
      {dag && !dag.dag.runConfig?.disableRunIdEdit && (
        <details className="more">
          <summary>Run id</summary>
          <div className="field">
            <label htmlFor="run-id">Own run id</label>
            <input
              id="run-id"
              value={runId}
              autoComplete="off"
              spellCheck={false}
              onChange={event => setRunId(event.target.value)}
            />
            <div className={idProblem ? 'field-problem' : 'field-hint'}>
              {idProblem ?? 'Empty: one is made. The same id cannot be used twice.'}
            </div>
          </div>
        </details>
      )}
      {rehearse.error && <Notice tone="bad">It would not start: {rehearse.error.message}</Notice>}
      {rehearse.data && <DryRunView dry={rehearse.data} />}
    </Dialog>
  )
}
