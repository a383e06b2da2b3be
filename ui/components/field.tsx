// One field of a form: its label, what is typed, and either a hint or what is wrong with it.
import { type HTMLInputTypeAttribute, type ReactNode, useId } from 'react'

interface FieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  hint?: ReactNode
  /** Shown in place of the hint. */
  problem?: ReactNode
  type?: HTMLInputTypeAttribute
  placeholder?: string
  /** Lines of a text field; absent: one line. */
  lines?: number
  disabled?: boolean
}

export function Field({
  label,
  value,
  onChange,
  hint,
  problem,
  type = 'text',
  placeholder,
  lines,
  disabled,
}: FieldProps) {
  const id = useId()
  const common = {
    id,
    value,
    disabled,
    placeholder,
    autoComplete: type === 'password' ? 'new-password' : 'off',
    spellCheck: false,
    'aria-describedby': `${id}-hint`,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {lines === undefined ? (
        <input type={type} {...common} onChange={event => onChange(event.target.value)} />
      ) : (
        <textarea rows={lines} {...common} onChange={event => onChange(event.target.value)} />
      )}
      <div id={`${id}-hint`} className={problem ? 'field-problem' : 'field-hint'}>
        {problem || hint}
      </div>
    </div>
  )
}
