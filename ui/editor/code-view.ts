// The code editor itself: CodeMirror with YAML, our colours and our problems. It lives in a shadow root, where its styles
// become adopted style sheets: in the document they would be inline styles, which the content security policy refuses.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Text } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { SpecProblem } from '../api/types.ts'

export interface CodeView {
  view: EditorView
  /** Replaces the whole text, keeping the cursor where it can be. */
  setText: (text: string) => void
  showProblems: (problems: readonly SpecProblem[]) => void
  goTo: (problem: SpecProblem) => void
  destroy: () => void
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: 'var(--muted)' },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: 'var(--code-number)' },
])

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 7%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--border)' },
  // CodeMirror's own marks are data: images, which the content security policy refuses.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--danger) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--muted) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lint-marker-error': {
    content: 'none',
    width: '9px',
    height: '9px',
    borderRadius: '50%',
    backgroundColor: 'var(--danger)',
    margin: '5px 2px',
  },
  '.cm-lint-marker-warning': {
    content: 'none',
    width: '9px',
    height: '9px',
    borderRadius: '50%',
    border: '2px solid var(--muted)',
    boxSizing: 'border-box',
    margin: '5px 2px',
  },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', padding: '6px 10px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--danger)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--muted)' },
})

/** Marks from a problem's column to the end of its line; without a line, the first one. */
function diagnosticOf(doc: Text, problem: SpecProblem): Diagnostic {
  const line = doc.line(Math.max(1, Math.min(doc.lines, problem.line ?? 1)))
  const indent = line.text.length - line.text.trimStart().length
  const column = problem.column === undefined ? indent : problem.column - 1
  const from = Math.min(line.to, line.from + Math.max(0, column))
  return {
    from,
    to: Math.max(from, line.to),
    severity: problem.warning ? 'warning' : 'error',
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
  }
}

const saves = (onSave: () => void) => (): boolean => {
  onSave()
  return true
}

/**
 * @param onSave Ctrl+S or Cmd+S inside the editor
 * @param readOnly the text can be read, searched and copied
 */
export function createCodeView(
  host: HTMLElement,
  text: string,
  onChange: (text: string) => void,
  onSave: () => void,
  readOnly = false,
): CodeView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        indentOnInput(),
        bracketMatching(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        EditorState.readOnly.of(readOnly),
        yaml(),
        syntaxHighlighting(colours),
        look,
        EditorView.contentAttributes.of({ 'aria-label': 'Spec in YAML. Escape then Tab leaves the editor.' }),
        keymap.of([
          { key: 'Mod-s', preventDefault: true, run: saves(onSave) },
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of(update => {
          if (update.docChanged) onChange(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    view,
    setText: next => {
      if (next === view.state.doc.toString()) return
      const anchor = Math.min(next.length, view.state.selection.main.anchor)
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, selection: { anchor } })
    },
    showProblems: problems =>
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map(problem => diagnosticOf(view.state.doc, problem)),
        ),
      ),
    goTo: problem => {
      const { from } = diagnosticOf(view.state.doc, problem)
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
      view.focus()
    },
    destroy: () => view.destroy(),
  }
}
