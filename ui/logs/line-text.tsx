// One line of a log as styled text: colours of the terminal, links that are http or https, never markup.
import type { CSSProperties } from 'react'
import { type AnsiStyle, ansiLine } from '../lib/ansi.ts'

/** Longer lines are cut for display; the download has them whole. */
const MAX_SHOWN_CHARS = 4_000

const color = (value: number | string | undefined): string | undefined =>
  typeof value === 'number' ? `var(--ansi-${value})` : value

function spanStyle(style: AnsiStyle): CSSProperties | undefined {
  if (Object.keys(style).length === 0) return undefined
  const [fg, bg] = style.inverse ? [style.bg ?? 'var(--surface)', style.fg ?? 'var(--text)'] : [style.fg, style.bg]
  return {
    color: color(fg),
    backgroundColor: color(bg),
    fontWeight: style.bold ? 600 : undefined,
    opacity: style.dim ? 0.75 : undefined,
    fontStyle: style.italic ? 'italic' : undefined,
    textDecoration: style.underline ? 'underline' : undefined,
  }
}

export function LineText({ line }: { line: string }) {
  const cut = line.length > MAX_SHOWN_CHARS
  const { spans } = ansiLine(cut ? line.slice(0, MAX_SHOWN_CHARS) : line)
  return (
    <span className="log-text">
      {spans.map((span, index) => {
        const key = `${index}`
        return span.href === undefined ? (
          <span key={key} style={spanStyle(span.style)}>
            {span.text}
          </span>
        ) : (
          <a key={key} href={span.href} target="_blank" rel="noopener noreferrer" style={spanStyle(span.style)}>
            {span.text}
          </a>
        )
      })}
      {cut && <span className="muted"> … {line.length - MAX_SHOWN_CHARS} more characters in the download</span>}
    </span>
  )
}
