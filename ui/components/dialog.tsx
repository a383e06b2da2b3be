// Dialogs on the browser's own <dialog>: focus is trapped and given back, Escape closes, the page behind is inert.
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './ui.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
  wide?: boolean
  /** Called on Enter in a field or on the submit button. */
  onSubmit?: () => void
}

export function Dialog({ title, onClose, children, footer, wide, onSubmit }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog && !dialog.open) {
      dialog.showModal()
      // The close button comes first in the document; a field is what people came for.
      dialog.querySelector<HTMLElement>('.dialog-body input, .dialog-body select, .dialog-body textarea')?.focus()
    }
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={event => {
        if (event.target === ref.current) onClose()
      }}
    >
      <form
        className="dialog-form"
        noValidate
        onSubmit={event => {
          event.preventDefault()
          onSubmit?.()
        }}
      >
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <Button icon="close" tone="ghost" iconOnly onClick={onClose}>
            Close
          </Button>
        </header>
        <div className="dialog-body">{children}</div>
        {footer && <footer className="dialog-foot">{footer}</footer>}
      </form>
    </dialog>
  )
}

interface ConfirmProps {
  title: string
  /** What happens, and what is kept. */
  children: ReactNode
  confirm: string
  busy?: boolean
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that cannot be taken back; the button says what it does. */
export function ConfirmDialog({ title, children, confirm, busy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" tone="danger" busy={busy ?? false}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
