// One parameter in the start form: the control that fits its type, and what is wrong with its value.
import { useId } from 'react'
import type { ParamDefinition } from '../api/types.ts'
import { fieldKind, paramText } from '../lib/params.ts'

interface ParamFieldProps {
  def: ParamDefinition
  value: string
  problem: string | undefined
  disabled: boolean
  onChange: (value: string) => void
}

function Control({
  def,
  value,
  disabled,
  onChange,
  id,
  describedBy,
  invalid,
}: Omit<ParamFieldProps, 'problem'> & { id: string; describedBy: string; invalid: boolean }) {
  const common = { id, disabled, 'aria-describedby': describedBy, 'aria-invalid': invalid }
  const kind = fieldKind(def)
  if (kind === 'select')
    return (
      <select {...common} value={value} onChange={event => onChange(event.target.value)}>
        {!def.required && <option value="">—</option>}
        {def.enum?.map(choice => (
          <option key={paramText(choice)} value={paramText(choice)}>
            {paramText(choice)}
          </option>
        ))}
      </select>
    )
  if (kind === 'checkbox')
    return (
      <label className="check">
        <input
          {...common}
          type="checkbox"
          checked={value === 'true'}
          onChange={event => onChange(String(event.target.checked))}
        />
        <span>{value === 'true' ? 'true' : 'false'}</span>
      </label>
    )
  if (kind === 'json')
    return (
      <textarea {...common} rows={3} className="mono" value={value} onChange={event => onChange(event.target.value)} />
    )
  return (
    <input
      {...common}
      type="text"
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  )
}

export function ParamField({ def, value, problem, ...rest }: ParamFieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>
        {def.name} {def.required && <span className="muted">required</span>}
      </label>
      <Control def={def} value={value} id={id} describedBy={`${id}-hint`} invalid={problem !== undefined} {...rest} />
      <div id={`${id}-hint`} className={problem ? 'field-problem' : 'field-hint'}>
        {problem ?? def.description}
      </div>
    </div>
  )
}
