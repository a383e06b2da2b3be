// The spec tab: edit, see what is wrong while typing, save with Ctrl+S. Unsaved work is guarded, and a change from outside
// is never overwritten unseen: saves carry the hash that the edit began from.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError } from '../api/client.ts'
import { dagKeys, fetchSpec, saveSpec, validateSpec } from '../api/dags.ts'
import { runSpec } from '../api/runs.ts'
import type { SpecAnswer, SpecProblem } from '../api/types.ts'
import { useAccess } from '../components/access.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { useLeaveGuard } from '../lib/router.tsx'
import { runPath } from '../lib/url-state.ts'
import { type CodeView, createCodeView } from './code-view.ts'
import { ConflictDialog } from './conflict-dialog.tsx'
import { DryRunDialog } from './dry-run-dialog.tsx'
import { placeOf, problemsOf, warningsOf } from './problems.ts'

const VALIDATE_AFTER_MS = 400
const SAVE = 'PUT /dags/{fileName}/spec'
const LEAVE_QUESTION = 'The spec has changes that are not saved. Leave and lose them?'

function ProblemList({
  problems,
  onPick,
}: {
  problems: readonly SpecProblem[]
  onPick: (problem: SpecProblem) => void
}) {
  if (problems.length === 0) return null
  return (
    <ul className="problems" aria-label="Problems">
      {problems.map(problem => (
        <li key={`${problem.line}:${problem.column}:${problem.message}`}>
          <button
            type="button"
            className={problem.warning ? 'problem problem-warning' : 'problem'}
            onClick={() => onPick(problem)}
          >
            <span className="problem-place">{placeOf(problem)}</span>
            <span>
              {problem.warning && <span className="muted">Warning: </span>}
              {problem.message}
              {problem.hint && <span className="muted"> {problem.hint}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

export function SpecEditor({ file, name }: { file: string; name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: dagKeys.spec(file),
    queryFn: ({ signal }) => fetchSpec(file, signal),
    staleTime: 0,
  })
  if (!data && error)
    return <ErrorState what="The spec could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={1} height={420} />
  return <Editor file={file} name={name} stored={data} />
}

interface Base {
  spec: string
  hash: string | undefined
}

const baseOf = (answer: SpecAnswer): Base => ({ spec: answer.spec, hash: answer.hash })

function Editor({ file, name, stored }: { file: string; name: string; stored: SpecAnswer }) {
  const client = useQueryClient()
  const host = useRef<HTMLDivElement>(null)
  const code = useRef<CodeView>(undefined)
  const [base, setBase] = useState<Base>(() => baseOf(stored))
  const [text, setText] = useState(stored.spec)
  const [problems, setProblems] = useState<SpecProblem[]>(() => problemsOf(stored))
  const [warnings, setWarnings] = useState<SpecProblem[]>(() => warningsOf(stored))
  const shown = useMemo(() => [...problems, ...warnings], [problems, warnings])
  const [saving, setSaving] = useState(false)
  const [conflict, setConflict] = useState<{ expected: string; actual: string } | 'outside'>()
  const [starting, setStarting] = useState(false)
  const [rehearsed, setRehearsed] = useState<string>()
  const mayWrite = useAccess().may(SAVE)
  const dirty = text !== base.spec
  const changedOutside = stored.spec !== base.spec
  useLeaveGuard(dirty, LEAVE_QUESTION)

  const take = useCallback((answer: SpecAnswer) => {
    setBase(baseOf(answer))
    setProblems(problemsOf(answer))
    setWarnings(warningsOf(answer))
    code.current?.setText(answer.spec)
  }, [])
  // An edit from outside while nothing is unsaved here is simply shown.
  useEffect(() => {
    if (changedOutside && !dirty) take(stored)
  }, [changedOutside, dirty, stored, take])

  const save = async (hash: string | undefined): Promise<void> => {
    const spec = code.current?.view.state.doc.toString() ?? text
    setSaving(true)
    try {
      const answer = await saveSpec(file, spec, hash)
      const found = problemsOf(answer)
      setProblems(found)
      setWarnings(warningsOf(answer))
      if (found.length > 0) toast('bad', 'Not saved: the spec has problems')
      else {
        setBase({ spec, hash: answer.hash })
        client.setQueryData<SpecAnswer>(dagKeys.spec(file), known => known && { ...known, spec, hash: answer.hash })
        void client.invalidateQueries({ queryKey: dagKeys.one(file) })
        setConflict(undefined)
        toast('ok', `${name} saved`)
      }
    } catch (cause) {
      const status = cause instanceof ApiError ? cause.status : 0
      const body: Record<string, unknown> = cause instanceof ApiError ? cause.body : {}
      if (status === 409) {
        setConflict({ expected: String(body.expected ?? ''), actual: String(body.actual ?? '') })
        await client.invalidateQueries({ queryKey: dagKeys.spec(file) })
      } else if (status === 400 && problemsOf(body).length > 0) setProblems(problemsOf(body))
      else toastError('Not saved', cause)
    }
    setSaving(false)
  }
  const saveRef = useRef(() => {})
  useEffect(() => {
    saveRef.current = () => void save(base.hash)
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once and then told what to show
  useEffect(() => {
    if (host.current === null) return
    const view = createCodeView(host.current, stored.spec, setText, () => saveRef.current(), !mayWrite)
    code.current = view
    return () => {
      view.destroy()
      code.current = undefined
    }
  }, [])
  useEffect(() => code.current?.showProblems(shown), [shown])
  useEffect(() => {
    if (!dirty) return
    const timer = setTimeout(() => {
      validateSpec(text, name).then(
        answer => {
          setProblems(problemsOf(answer))
          setWarnings(warningsOf(answer))
        },
        () => undefined,
      )
    }, VALIDATE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text, dirty, name])

  const runOnce = async (): Promise<void> => {
    setStarting(true)
    try {
      const { dagRunId } = await runSpec(name, text)
      toast('ok', 'This text runs once; it was not saved', {
        word: 'Open the run',
        act: () => window.open(runPath(name, dagRunId), '_blank', 'noopener'),
      })
    } catch (cause) {
      toastError('Not started', cause)
    }
    setStarting(false)
  }
  return (
    <section className="editor card" aria-label="Spec">
      <header className="card-head">
        <span className="mono">{file}.yaml</span>
        <span className="muted" role="status">
          {dirty ? 'not saved' : mayWrite ? 'saved' : 'read only'}
          {problems.length > 0 ? ` · ${problems.length} problem${problems.length === 1 ? '' : 's'}` : ''}
          {warnings.length > 0 ? ` · ${warnings.length} warning${warnings.length === 1 ? '' : 's'}` : ''}
        </span>
        <span className="card-head-end">
          {dirty && (
            <Button tone="ghost" calls="POST /dag-runs" busy={starting} onClick={() => void runOnce()}>
              Run once unsaved
            </Button>
          )}
          <Button onClick={() => setRehearsed(text)}>Dry run</Button>
          <Button tone="primary" calls={SAVE} busy={saving} disabled={!dirty} onClick={() => void save(base.hash)}>
            Save
          </Button>
        </span>
      </header>
      {changedOutside && dirty && (
        <Notice tone="warn" action={<Button onClick={() => setConflict('outside')}>Compare</Button>}>
          The stored spec changed while you were editing.
        </Notice>
      )}
      <ProblemList problems={shown} onPick={problem => code.current?.goTo(problem)} />
      <div className="editor-host" ref={host} />
      {conflict !== undefined && (
        <ConflictDialog
          mine={text}
          theirs={stored.spec}
          hashes={conflict === 'outside' ? undefined : conflict}
          onClose={() => setConflict(undefined)}
          onKeepMine={() => void save((conflict === 'outside' ? undefined : conflict.actual) || stored.hash)}
          onTakeTheirs={() => {
            setConflict(undefined)
            take(stored)
          }}
        />
      )}
      {rehearsed !== undefined && <DryRunDialog file={file} spec={rehearsed} onClose={() => setRehearsed(undefined)} />}
    </section>
  )
}
