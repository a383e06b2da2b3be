// Ctrl+K: type a part of a name, press Enter, be there.
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useId, useState } from 'react'
import { dagKeys, fetchDags } from '../api/dags.ts'
import { type Choice, choose } from '../lib/palette.ts'
import { navigate } from '../lib/router.tsx'
import { dagPath } from '../lib/url-state.ts'
import { Dialog } from './dialog.tsx'

const SHOWN = 12

/** @param pages where one can go at any time */
export function Palette({ pages, onClose }: { pages: readonly Choice[]; onClose: () => void }) {
  const list = useId()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const { data } = useQuery({ queryKey: dagKeys.list, queryFn: ({ signal }) => fetchDags(signal) })
  const dags = (data?.dags ?? []).map(({ fileName, dag }) => ({
    href: dagPath(fileName),
    title: dag.name || fileName,
    hint: 'DAG',
  }))
  const found = choose([...pages, ...dags], typed, SHOWN)
  const text = typed.trim()
  const choices = [
    ...found,
    ...(text === ''
      ? []
      : [
          { href: `/dag-runs?name=${encodeURIComponent(text)}`, title: text, hint: 'Runs of DAGs named so' },
          { href: `/search?q=${encodeURIComponent(text)}`, title: text, hint: 'Search runs, files and logs' },
        ]),
  ]
  const current = Math.min(at, choices.length - 1)
  const go = (choice: Choice | undefined): void => {
    if (choice === undefined) return
    onClose()
    navigate(choice.href)
  }
  const onKey = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (by === 0) return
    event.preventDefault()
    setAt((current + by + choices.length) % choices.length)
  }
  return (
    <Dialog title="Go to" onClose={onClose} onSubmit={() => go(choices[current])}>
      <input
        type="text"
        role="combobox"
        className="palette-input"
        placeholder="A page, a DAG, or a text to search for"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={choices.length === 0 ? undefined : `${list}-${current}`}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onKeyDown={onKey}
        onChange={event => {
          setTyped(event.target.value)
          setAt(0)
        }}
      />
      <div role="listbox" id={list} aria-label="Places" className="palette-list">
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the field above, as in any combobox
          <div
            key={choice.href}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === current}
            tabIndex={-1}
            className="palette-choice"
            onClick={() => go(choice)}
          >
            <span>{choice.title}</span> <span className="muted">{choice.hint}</span>
          </div>
        ))}
      </div>
    </Dialog>
  )
}
