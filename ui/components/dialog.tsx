// Dialogs on the browser's own <dialog>: focus is trapped and given back, Escape closes, the page behind is inert.
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './ui.tsx'

const FIELDS = '.dialog-body input, .dialog-body select, .dialog-body textarea'

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
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  // The close button comes first in the document; a field is what people came for. It may appear after its values are loaded,
  // and then has the focus unless somebody has done something meanwhile.
  const placed = useRef(false)
  useEffect(() => {
    if (placed.current) return
    // Not one in a part that is folded.
    const field = [...(ref.current?.querySelectorAll<HTMLElement>(FIELDS) ?? [])].find(each => each.checkVisibility())
    field?.focus()
    placed.current = field !== undefined && document.activeElement === field
  })
  const touched = (): void => {
    placed.current = true
  }
  return (
    <dialog
      ref={ref}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={touched}
      onMouseDown={event => {
        touched()
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
