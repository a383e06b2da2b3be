// Keyboard shortcuts of the whole dashboard. Bare letters never act while somebody types, and all can be turned off.
import { useEffect, useState } from 'react'
import { navigate } from '../lib/router.tsx'
import { applyTheme, nextTheme, readTheme } from '../lib/theme.ts'
import { Dialog } from './dialog.tsx'

const OFF_KEY = 'edgedag.shortcuts'
const CHORD_MS = 1_000

/** Where `g` and a letter lead. */
const PLACES: Readonly<Record<string, string>> = {
  h: '/',
  d: '/dags',
  r: '/dag-runs',
  q: '/queues',
  s: '/search',
}

const LIST: readonly [keys: string, what: string][] = [
  ['Ctrl K', 'Go to any page or DAG by its name'],
  ['g h', 'Go to what needs you'],
  ['g d', 'Go to the DAGs'],
  ['g r', 'Go to the runs'],
  ['g q', 'Go to the queues'],
  ['g s', 'Go to the search'],
  ['/', 'Search in a list'],
  ['n  p', 'Next, previous failed step of a run'],
  ['f', 'Follow the end of a log'],
  ['t', 'Light, dark or system theme'],
  ['Ctrl S', 'Save in the editor'],
  ['?', 'This list'],
]

export const shortcutsOn = (): boolean => localStorage.getItem(OFF_KEY) !== 'off'

/** True while a key press belongs to a field or a dialog, or carries a modifier. */
export const isTyping = (event: KeyboardEvent): boolean =>
  event.metaKey ||
  event.ctrlKey ||
  event.altKey ||
  event
    .composedPath()
    .some(
      target =>
        target instanceof Element && target.matches('input, textarea, select, dialog, [contenteditable="true"]'),
    )

/** @param onPalette Ctrl+K or Cmd+K, wherever the focus is */
export function useShortcuts(onHelp: () => void, onPalette: () => void): void {
  useEffect(() => {
    let chordAt = 0
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault()
        onPalette()
        return
      }
      if (!shortcutsOn() || isTyping(event)) return
      const chord = event.timeStamp - chordAt < CHORD_MS
      chordAt = 0
      const place = chord ? PLACES[event.key] : undefined
      if (place !== undefined) navigate(place)
      else if (event.key === 'g') chordAt = event.timeStamp
      else if (event.key === 't') applyTheme(nextTheme(readTheme()))
      else if (event.key === '?') onHelp()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [onHelp, onPalette])
}

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(shortcutsOn)
  const toggle = (next: boolean): void => {
    if (next) localStorage.removeItem(OFF_KEY)
    else localStorage.setItem(OFF_KEY, 'off')
    setOn(next)
  }
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {LIST.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys
                .split(' ')
                .filter(Boolean)
                .map(key => (
                  <kbd key={key}>{key}</kbd>
                ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={event => toggle(event.target.checked)} />
        <span>Single-letter shortcuts are on</span>
      </label>
    </Dialog>
  )
}
