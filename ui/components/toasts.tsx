// Short messages about what a click led to. Errors stay until closed, the rest leaves by itself.
import { useSyncExternalStore } from 'react'
import { Icon } from './icon.tsx'

interface Toast {
  id: number
  tone: 'ok' | 'bad'
  text: string
  action?: ToastAction | undefined
}

/** A button in the message, for instance to take back what was done. */
export interface ToastAction {
  word: string
  act: () => void
}

const SHOWN_MS = 5_000
/** Long enough to read it and to reach the button. */
const SHOWN_WITH_ACTION_MS = 12_000
let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

const set = (next: readonly Toast[]): void => {
  toasts = next
  for (const listener of listeners) listener()
}

const dismiss = (id: number): void => set(toasts.filter(toast => toast.id !== id))

/** Shows a message; `bad` ones must be closed by hand. */
export function toast(tone: Toast['tone'], text: string, action?: ToastAction): void {
  const id = nextId++
  set([...toasts.slice(-3), { id, tone, text, action }])
  if (tone === 'ok') setTimeout(() => dismiss(id), action ? SHOWN_WITH_ACTION_MS : SHOWN_MS)
}

export const toastError = (what: string, error: unknown): void =>
  toast('bad', `${what}: ${error instanceof Error ? error.message : String(error)}`)

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(item => (
        <div key={item.id} className={`toast toast-${item.tone}`}>
          <Icon name={item.tone === 'ok' ? 'succeeded' : 'failed'} />
          <span>{item.text}</span>
          {item.action && (
            <button
              type="button"
              className="link-button toast-action"
              onClick={() => {
                dismiss(item.id)
                item.action?.act()
              }}
            >
              {item.action.word}
            </button>
          )}
          <button type="button" className="toast-close" aria-label="Dismiss" onClick={() => dismiss(item.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
