// What holds for one DAG beside its text: its default profile, how long runs are kept, its name, and its end.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { cleanUpRuns, dagKeys, deleteDag, fetchDagSettings, renameDag, saveDagSettings } from '../api/dags.ts'
import { fetchProfileChoices, profileKeys } from '../api/profiles.ts'
import type { DagDetails } from '../api/types.ts'
import { useAccess } from '../components/access.tsx'
import { ConfirmDialog, Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, Notice, Skeleton } from '../components/ui.tsx'
import { DAG_NAME, DAG_NAME_HINT } from '../lib/dag-name.ts'
import { retentionWords } from '../lib/retention.ts'
import { Link, navigate } from '../lib/router.tsx'
import { dagPath } from '../lib/url-state.ts'

function DefaultProfile({ file }: { file: string }) {
  const client = useQueryClient()
  const { may } = useAccess()
  const settings = useQuery({
    queryKey: dagKeys.settings(file),
    queryFn: ({ signal }) => fetchDagSettings(file, signal),
  })
  const choices = useQuery({
    queryKey: profileKeys.choices,
    queryFn: ({ signal }) => fetchProfileChoices(signal),
    enabled: may('GET /profile-choices'),
    retry: false,
  })
  if (!settings.data || choices.isLoading) return <Skeleton rows={1} />
  const { profile } = settings.data
  const changes = may('PUT /dags/{fileName}/settings')
  const names = [
    ...new Set([...(choices.data?.profiles ?? []).map(({ name }) => name), ...(profile === '' ? [] : [profile])]),
  ]
  const save = (next: string): void =>
    void saveDagSettings(file, next).then(
      answer => {
        client.setQueryData(dagKeys.settings(file), answer)
        toast('ok', next === '' ? 'Runs start without a profile of the DAG' : `Runs start with ${next}`)
      },
      cause => toastError('The profile was not changed', cause),
    )
  return (
    <section className="card profile" aria-labelledby="dag-profile">
      <h2 id="dag-profile">Profile</h2>
      <p className="muted prose-links">
        Variables and secrets of runs that name no profile themselves, those of the schedule among them.{' '}
        {names.length === 0 && may('POST /profiles') && <Link href="/settings/profiles">Make a profile</Link>}
      </p>
      {!changes && <p>{profile === '' ? 'None is set.' : `Runs start with ${profile}.`}</p>}
      {changes && names.length > 0 && (
        <label className="select-field dag-profile">
          <select
            aria-label="Profile of runs that name none"
            value={profile}
            onChange={event => save(event.target.value)}
          >
            <option value="">none</option>
            {names.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </section>
  )
}

function CleanUpDialog({ file, onClose }: { file: string; onClose: () => void }) {
  const client = useQueryClient()
  const [days, setDays] = useState('30')
  const isValid = /^\d{1,5}$/.test(days) && Number(days) <= 36_500
  const preview = useQuery({
    queryKey: [...dagKeys.history(file), 'clean-up', days],
    queryFn: () => cleanUpRuns(file, Number(days), true),
    enabled: isValid,
    staleTime: 0,
  })
  const remove = useMutation({
    mutationFn: () => cleanUpRuns(file, Number(days), false),
    onSuccess: ({ count }) => {
      onClose()
      toast('ok', count === 1 ? 'One run is deleted' : `${count} runs are deleted`)
      void client.invalidateQueries({ queryKey: dagKeys.history(file) })
    },
  })
  const count = isValid ? preview.data?.count : undefined
  return (
    <Dialog
      title={`Clean up runs of ${file}`}
      onClose={onClose}
      onSubmit={() => count && remove.mutate()}
      footer={
        <>
          <Button onClick={onClose}>Keep them</Button>
          <Button type="submit" tone="danger" busy={remove.isPending} disabled={!count}>
            {!count ? 'Delete' : count === 1 ? 'Delete one run' : `Delete ${count} runs`}
          </Button>
        </>
      }
    >
      {(remove.error ?? preview.error) && <Notice tone="bad">{(remove.error ?? preview.error)?.message}</Notice>}
      <Field
        label="Ended more than so many days ago"
        type="number"
        value={days}
        onChange={setDays}
        problem={!isValid && 'A number of days from 0 to 36,500.'}
        hint={
          count === undefined
            ? 'Counting…'
            : count === 0
              ? 'No run is as old as that.'
              : 'Their logs, outputs and artifacts are deleted with them. Runs that go on are kept.'
        }
      />
    </Dialog>
  )
}

function RenameDialog({ file, onClose }: { file: string; onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState(file)
  const problem = DAG_NAME.test(name) ? undefined : DAG_NAME_HINT
  const rename = useMutation({
    mutationFn: () => renameDag(file, name),
    onSuccess: () => {
      onClose()
      toast('ok', `${file} is ${name} now`)
      void client.invalidateQueries({ queryKey: dagKeys.list })
      navigate(dagPath(name, 'settings'), { replace: true })
    },
  })
  return (
    <Dialog
      title={`Rename ${file}`}
      onClose={onClose}
      onSubmit={() => problem === undefined && name !== file && rename.mutate()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            tone="primary"
            busy={rename.isPending}
            disabled={problem !== undefined || name === file}
          >
            Rename
          </Button>
        </>
      }
    >
      {rename.error && <Notice tone="bad">Not renamed: {rename.error.message}</Notice>}
      <Field
        label="File name"
        value={name}
        onChange={setName}
        problem={problem}
        hint="Its history goes along. DAGs that call it by the former name no longer find it."
      />
    </Dialog>
  )
}

export function DagSettings({ data }: { data: DagDetails }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState<'clean-up' | 'rename' | 'delete'>()
  const { fileName: file, dag } = data
  const close = (): void => setAsking(undefined)
  const remove = (): void => {
    close()
    deleteDag(file).then(
      () => {
        void client.invalidateQueries({ queryKey: dagKeys.list })
        toast('ok', `${dag.name} deleted`)
        navigate('/dags')
      },
      cause => toastError('Not deleted', cause),
    )
  }
  return (
    <div className="stack">
      <DefaultProfile file={file} />
      <section className="card profile" aria-labelledby="dag-history">
        <h2 id="dag-history">History</h2>
        <p className="muted">{retentionWords(dag)}</p>
        <div>
          <Button calls="POST /dags/{fileName}/dag-runs/cleanup" onClick={() => setAsking('clean-up')}>
            Clean up…
          </Button>
        </div>
      </section>
      <section className="card profile" aria-labelledby="dag-file">
        <h2 id="dag-file">File</h2>
        <p className="muted mono">{data.filePath ?? `${file}.yaml`}</p>
        <div className="entry-buttons">
          <Button calls="POST /dags/{fileName}/rename" onClick={() => setAsking('rename')}>
            Rename…
          </Button>
          <Button tone="danger" calls="DELETE /dags/{fileName}" onClick={() => setAsking('delete')}>
            Delete…
          </Button>
        </div>
      </section>
      {asking === 'clean-up' && <CleanUpDialog file={file} onClose={close} />}
      {asking === 'rename' && <RenameDialog file={file} onClose={close} />}
      {asking === 'delete' && (
        <ConfirmDialog title={`Delete ${dag.name}?`} confirm={`Delete ${dag.name}`} onClose={close} onConfirm={remove}>
          The file {file}.yaml is removed and its schedule ends. Runs that are in the history stay until retention
          removes them.
        </ConfirmDialog>
      )}
    </div>
  )
}
