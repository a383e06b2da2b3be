// The small parts that every page is made of.
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { ApiError } from '../api/client.ts'
import type { ApiCall } from '../lib/access.ts'
import { STATUS_LOOKS, type StatusKind } from '../lib/status.ts'
import { formatExact, formatRelative, parseTime, relativeTickMs } from '../lib/time.ts'
import { useNow } from '../lib/use-now.ts'
import { useAccess } from './access.tsx'
import { Icon, type IconName } from './icon.tsx'

export function StatusBadge({ kind, compact = false }: { kind: StatusKind; compact?: boolean }) {
  return (
    <span className={`status status-${kind}${compact ? ' status-compact' : ''}`}>
      <Icon name={kind} size={14} />
      <span>{STATUS_LOOKS[kind].word}</span>
    </span>
  )
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  icon?: IconName
  tone?: 'plain' | 'primary' | 'danger' | 'ghost'
  /** Shows the icon alone; the text stays as its name. */
  iconOnly?: boolean
  busy?: boolean
  /** The call that it leads to: not there for those who may not make it. */
  calls?: ApiCall
  /** It stays there for them, and says which role it takes. */
  explains?: boolean
}

export function Button({ calls, explains = false, ...props }: ButtonProps) {
  const { refusal } = useAccess()
  const why = calls === undefined ? undefined : refusal(calls)
  if (why === undefined) return <PlainButton {...props} />
  return explains ? <PlainButton {...props} type="button" onClick={undefined} aria-disabled title={why} /> : null
}

function PlainButton({
  icon,
  tone = 'plain',
  iconOnly,
  busy,
  children,
  className,
  disabled,
  ...rest
}: Omit<ButtonProps, 'calls' | 'explains'>) {
  const label = iconOnly && typeof children === 'string' ? children : undefined
  return (
    <button
      type="button"
      className={`button button-${tone}${iconOnly ? ' button-icon' : ''} ${className ?? ''}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...(label === undefined ? {} : { 'aria-label': label, title: label })}
      {...rest}
    >
      {icon && <Icon name={icon} />}
      {!iconOnly && <span>{children}</span>}
    </button>
  )
}

/** A time as people say it, exact on hover. */
export function Time({ value, empty = '—' }: { value: string | undefined; empty?: ReactNode }) {
  const at = parseTime(value)
  const now = useNow(at === undefined ? null : relativeTickMs(at, Date.now()))
  if (at === undefined) return <span className="muted">{empty}</span>
  return (
    <time dateTime={value} title={`${formatExact(at)}\n${new Date(at).toISOString()}`}>
      {formatRelative(at, now)}
    </time>
  )
}

export function Labels({
  labels,
  onPick,
}: {
  labels: readonly string[] | null | undefined
  onPick?: (label: string) => void
}) {
  if (!labels || labels.length === 0) return null
  return (
    <span className="labels">
      {labels.map(label =>
        onPick ? (
          <button type="button" key={label} className="label" onClick={() => onPick(label)} title={`Only ${label}`}>
            {label}
          </button>
        ) : (
          <span key={label} className="label">
            {label}
          </span>
        ),
      )}
    </span>
  )
}

export function Switch({
  checked,
  label,
  calls,
  onChange,
}: {
  checked: boolean
  label: string
  /** The call that it leads to: those who may not make it see how it stands, and why they cannot change it. */
  calls?: ApiCall
  onChange: (next: boolean) => void
}) {
  const { refusal } = useAccess()
  const why = calls === undefined ? undefined : refusal(calls)
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-disabled={why === undefined ? undefined : true}
      title={why ?? label}
      className="switch"
      onClick={() => why === undefined && onChange(!checked)}
    >
      <span className="switch-knob" />
    </button>
  )
}

/** Grey bars where content will be; nothing for the first 300 ms, so that quick answers do not flicker. */
export function Skeleton({ rows = 5, height = 52 }: { rows?: number; height?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity
        <div key={index} className="skeleton-row" style={{ height }} />
      ))}
    </div>
  )
}

export function EmptyState({
  title,
  children,
  action,
  titleAs: Title = 'h2',
}: {
  title: string
  children: ReactNode
  action?: ReactNode
  /** `h1` where this is all that the page shows. */
  titleAs?: 'h1' | 'h2'
}) {
  return (
    <div className="empty">
      <Title>{title}</Title>
      <div className="empty-text">{children}</div>
      {action && <div className="empty-action">{action}</div>}
    </div>
  )
}

const WHAT_TO_DO: Record<number, string> = {
  0: 'Check that it still runs and that this machine is online; the page tries again by itself.',
  403: 'Sign in with a token of a higher role, or ask an administrator.',
  404: 'It may have been deleted or renamed. Go back to the list.',
  500: 'Try again; if it stays, look at the output of the control plane.',
}

/** What went wrong, why, and how to go on. */
export function ErrorState({
  what,
  error,
  onRetry,
  children,
  titleAs: Title = 'h2',
}: {
  what: string
  /** `h1` where this is all that the page shows. */
  titleAs?: 'h1' | 'h2'
  error: unknown
  onRetry?: () => void
  /** Other ways on, e.g. a link to the list. */
  children?: ReactNode
}) {
  const known = error instanceof ApiError ? error : undefined
  return (
    <div className="error-state" role="alert">
      <Icon name="failed" size={20} />
      <div>
        <Title>{what}</Title>
        <p>{error instanceof Error ? error.message : String(error)}</p>
        <p className="muted">{known?.hint ?? (known ? WHAT_TO_DO[known.status] : undefined) ?? 'Try again.'}</p>
        <div className="error-ways">
          {onRetry && (
            <Button icon="retry" onClick={onRetry}>
              Try again
            </Button>
          )}
          {children}
        </div>
      </div>
    </div>
  )
}

/** A thin notice over content; `tone` picks the colour, the words say the rest. */
export function Notice({
  tone,
  children,
  action,
}: {
  tone: 'info' | 'warn' | 'bad'
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <div className="notice-text">{children}</div>
      {action}
    </div>
  )
}
