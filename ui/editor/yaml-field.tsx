// A YAML text to edit, where a whole spec editor would be too much. The caller holds what is saved; this holds what is typed.
import { useEffect, useRef } from 'react'
import type { SpecProblem } from '../api/types.ts'
import { type CodeView, createCodeView } from './code-view.ts'

interface YamlFieldProps {
  /** Shown at first, and again whenever it changes. */
  stored: string
  onChange: (text: string) => void
  onSave: (text: string) => void
  problems?: readonly SpecProblem[]
}

const NONE: readonly SpecProblem[] = []

export function YamlField({ stored, onChange, onSave, problems = NONE }: YamlFieldProps) {
  const host = useRef<HTMLDivElement>(null)
  const code = useRef<CodeView>(undefined)
  const handlers = useRef({ onChange, onSave })
  useEffect(() => {
    handlers.current = { onChange, onSave }
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once and then told what to show
  useEffect(() => {
    if (host.current === null) return
    const view = createCodeView(
      host.current,
      stored,
      text => handlers.current.onChange(text),
      () => handlers.current.onSave(code.current?.view.state.doc.toString() ?? stored),
    )
    code.current = view
    return () => {
      view.destroy()
      code.current = undefined
    }
  }, [])
  useEffect(() => {
    if (code.current && code.current.view.state.doc.toString() !== stored) code.current.setText(stored)
  }, [stored])
  useEffect(() => code.current?.showProblems(problems), [problems])
  return <div className="editor-host" ref={host} />
}
