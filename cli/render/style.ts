// Colours and status words of the terminal; none where the output is no terminal or NO_COLOR is set.

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, dim: 2, bold: 1 } as const
type Colour = keyof typeof CODES

export interface Style {
  paint(colour: Colour, text: string): string
  /** Redraws in place are possible. */
  interactive: boolean
}

export function styleFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
  const interactive = stream.isTTY === true && env.TERM !== 'dumb'
  const colours = interactive && !env.NO_COLOR
  return { interactive, paint: (colour, text) => (colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text) }
}

const STATUS: Record<string, { icon: string; colour: Colour }> = {
  not_started: { icon: '○', colour: 'dim' },
  queued: { icon: '◔', colour: 'dim' },
  running: { icon: '◐', colour: 'blue' },
  retrying: { icon: '↻', colour: 'blue' },
  waiting: { icon: '✋', colour: 'magenta' },
  succeeded: { icon: '✓', colour: 'green' },
  partially_succeeded: { icon: '◑', colour: 'cyan' },
  failed: { icon: '✕', colour: 'red' },
  aborted: { icon: '■', colour: 'yellow' },
  skipped: { icon: '⤼', colour: 'dim' },
  rejected: { icon: '⊘', colour: 'red' },
}

export const statusIcon = (label: string, style: Style): string => {
  const known = STATUS[label] ?? { icon: '?', colour: 'dim' as const }
  return style.paint(known.colour, known.icon)
}

export const statusWord = (label: string, style: Style): string =>
  style.paint(STATUS[label]?.colour ?? 'dim', label.replaceAll('_', ' '))

export interface Span {
  startedAt: string
  finishedAt: string
  startedAtMs?: number
  finishedAtMs?: number
}

/** `in 12s`, `in 3m 4s`, `now` once it is due. */
export function countdown(at: string, now = Date.now()): string {
  const left = Date.parse(at) - now
  return left < 1000 ? 'now' : `in ${duration({ startedAt: '', finishedAt: '', startedAtMs: 0, finishedAtMs: left })}`
}

/** `12ms`, `1.2s`, `3m 4s`, `2h 5m`; empty without a start. */
export function duration(span: Span, now = Date.now()): string {
  const start = span.startedAtMs ?? Date.parse(span.startedAt)
  if (Number.isNaN(start)) return ''
  const end = span.finishedAtMs ?? Date.parse(span.finishedAt)
  const ms = Math.max(0, (Number.isNaN(end) ? now : end) - start)
  const seconds = ms / 1000
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}
