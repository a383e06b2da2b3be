// A step that waits for a person: what is asked, since when, what follows, and the three answers.

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { approveStep, pushBackStep, rejectStep, type StepAddress } from '../api/approvals.ts'
import { runKeys } from '../api/runs.ts'
import type { RunDetails, RunNode } from '../api/types.ts'
import { useAccess } from '../components/access.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { Markdown } from '../components/markdown.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, Time } from '../components/ui.tsx'
import { afterApproval, afterPushBack, afterRejection } from '../lib/approval-story.ts'
import { addressOf } from '../lib/run-address.ts'
import { PushBackHistory } from './push-back-history.tsx'

type Answer = { kind: 'approve' | 'push-back'; inputs: Record<string, string> } | { kind: 'reject'; reason: string }

const DONE: Record<Answer['kind'], string> = { approve: 'approved', 'push-back': 'pushed back', reject: 'rejected' }

const send = (at: StepAddress, answer: Answer) => {
  if (answer.kind === 'reject') return rejectStep(at, answer.reason)
  return answer.kind === 'approve' ? approveStep(at, answer.inputs) : pushBackStep(at, answer.inputs)
}

/** Sends an answer; whoever comes second reads who was first, and the page shows what has become of it. */
function useAnswer(at: StepAddress) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (answer: Answer) => send(at, answer),
    onSuccess: (_, { kind }) => toast('ok', `${at.step} ${DONE[kind]}`),
    onError: error => toastError('Nothing was changed', error),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: runKeys.one(at.name, at.id) })
      void client.invalidateQueries({ queryKey: runKeys.lists })
    },
  })
}

interface FieldsProps {
  names: readonly string[]
  required: readonly string[]
  values: Record<string, string>
  missing: readonly string[]
  onChange: (name: string, value: string) => void
}

function Fields({ names, required, values, missing, onChange }: FieldsProps) {
  const id = useId()
  if (names.length === 0) return null
  return (
    <div className="approval-fields">
      {names.map(name => (
        <div key={name} className="field">
          <label htmlFor={`${id}-${name}`}>
            <code>{name}</code> {required.includes(name) ? <span className="muted">required</span> : null}
          </label>
          <input
            id={`${id}-${name}`}
            value={values[name] ?? ''}
            maxLength={8_000}
            autoComplete="off"
            aria-required={required.includes(name)}
            aria-invalid={missing.includes(name)}
            onChange={event => onChange(name, event.target.value)}
          />
          {missing.includes(name) && <p className="field-error">This is needed to approve.</p>}
        </div>
      ))}
    </div>
  )
}

interface AskProps {
  title: string
  confirm: string
  busy: boolean
  danger?: boolean
  children: ReactNode
  onConfirm: () => void
  onClose: () => void
}

const Ask = ({ title, confirm, busy, danger, children, onConfirm, onClose }: AskProps) => (
  <Dialog
    title={title}
    onClose={onClose}
    onSubmit={onConfirm}
    footer={
      <>
        <Button onClick={onClose}>Not yet</Button>
        <Button type="submit" tone={danger ? 'danger' : 'primary'} busy={busy}>
          {confirm}
        </Button>
      </>
    }
  >
    {children}
  </Dialog>
)

const given = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))

export function ApprovalPanel({ run, node }: { run: RunDetails; node: RunNode }) {
  const { name: step, approval } = node.step
  const at = { ...addressOf(run), step, iteration: node.approvalIteration ?? 0 }
  const { mutate, isPending } = useAnswer(at)
  const refused = useAccess().refusal('POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/approve')
  const [values, setValues] = useState<Record<string, string>>({})
  const [missing, setMissing] = useState<string[]>([])
  const [asking, setAsking] = useState<'push-back' | 'reject' | undefined>()
  const [reason, setReason] = useState('')
  const { input = [], required = [] } = approval ?? {}
  const approve = (): void => {
    const empty = required.filter(name => (values[name] ?? '').trim() === '')
    setMissing(empty)
    if (empty.length === 0) mutate({ kind: 'approve', inputs: given(values) })
  }
  const change = (name: string, value: string): void => {
    setValues(before => ({ ...before, [name]: value }))
    if (value.trim() !== '') setMissing(before => before.filter(one => one !== name))
  }
  const close = (): void => setAsking(undefined)
  const answer = (value: Answer): void => {
    close()
    mutate(value)
  }
  return (
    <section className="card approval status-waiting" aria-label={`Approval of ${step}`}>
      <header className="approval-head">
        <Icon name="waiting" size={18} />
        <h2>{refused === undefined ? `${step} waits for you` : `${step} waits for somebody to decide`}</h2>
        <span className="muted">
          since <Time value={node.waitingSince} empty="a moment ago" />
        </span>
      </header>
      {approval?.prompt ? <Markdown text={approval.prompt} /> : null}
      <PushBackHistory entries={node.pushBackHistory ?? []} />
      {refused !== undefined ? (
        <p className="muted">{refused}</p>
      ) : (
        <form
          noValidate
          onSubmit={event => {
            event.preventDefault()
            approve()
          }}
        >
          <Fields names={input} required={required} values={values} missing={missing} onChange={change} />
          <div className="approval-actions">
            <Button type="submit" icon="succeeded" tone="primary" busy={isPending}>
              Approve
            </Button>
            <Button icon="retry" busy={isPending} onClick={() => setAsking('push-back')}>
              Push back
            </Button>
            <Button icon="rejected" tone="danger" busy={isPending} onClick={() => setAsking('reject')}>
              Reject
            </Button>
            <span className="muted">{afterApproval(run.nodes, step)}</span>
          </div>
        </form>
      )}
      {asking === 'push-back' && (
        <Ask
          title={`Push ${step} back?`}
          confirm="Push back"
          busy={isPending}
          onClose={close}
          onConfirm={() => answer({ kind: 'push-back', inputs: given(values) })}
        >
          <p>{afterPushBack(run.nodes, node)}</p>
          <Fields names={input} required={[]} values={values} missing={[]} onChange={change} />
        </Ask>
      )}
      {asking === 'reject' && (
        <Ask
          title={`Reject ${step}?`}
          confirm="Reject the run"
          danger
          busy={isPending}
          onClose={close}
          onConfirm={() => answer({ kind: 'reject', reason })}
        >
          <p>{afterRejection(run.nodes, step)}</p>
          <div className="field">
            <label htmlFor="reject-reason">Reason, for those who read this run later</label>
            <textarea
              id="reject-reason"
              rows={3}
              maxLength={4_000}
              value={reason}
              onChange={e => setReason(e.target.value)}
            />
          </div>
        </Ask>
      )}
    </section>
  )
}
