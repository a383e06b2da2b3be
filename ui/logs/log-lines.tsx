// The lines of a log: only those in sight are in the document, so a log of any length scrolls alike. Following the end
// stops as soon as somebody scrolls up, and says how much has come since.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { LineText } from './line-text.tsx'

const ROW_HEIGHT = 20
/** A scroll this soon after wheel, touch, key or scrollbar was meant by a person. */
const PERSON_MS = 600

interface LogLinesProps {
  lines: readonly string[]
  firstLine: number
  version: number
  wrap: boolean
  follow: boolean
  onFollow: (follow: boolean) => void
  /** Index of a line to bring into sight, e.g. a search hit. */
  target?: number | undefined
  hits?: ReadonlySet<number> | undefined
  /** Somebody wants the address of a line, by its number. */
  onLine: (line: number) => void
  label: string
}

export function LogLines({
  lines,
  firstLine,
  version,
  wrap,
  follow,
  onFollow,
  target,
  hits,
  onLine,
  label,
}: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(0)
  const endLine = firstLine + lines.length - 1
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
  })
  const height = virtual.getTotalSize()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` and `height` say that lines or their heights changed
  useLayoutEffect(() => {
    const element = scroller.current
    if (follow && element) element.scrollTop = element.scrollHeight
  }, [follow, version, lines.length, height])
  const topLine = useRef(firstLine)
  useLayoutEffect(() => {
    const added = topLine.current - firstLine
    topLine.current = firstLine
    const element = scroller.current
    if (added <= 0 || follow || element === null) return
    // Whoever was at the top goes on reading there; whoever was elsewhere is taken to where the new lines end.
    const wasAtTop = element.scrollTop < element.clientHeight
    element.scrollTop = wasAtTop
      ? element.scrollTop + added * ROW_HEIGHT
      : Math.max(0, added * ROW_HEIGHT - element.clientHeight + 3 * ROW_HEIGHT)
  }, [firstLine, follow])
  useEffect(() => {
    if (follow) setSeen(endLine)
  }, [follow, endLine])
  useEffect(() => {
    if (target !== undefined) virtual.scrollToIndex(target, { align: 'center' })
  }, [target, virtual])
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are measured anew when wrapping changes
  useEffect(() => virtual.measure(), [wrap])

  // Only what a person does ends following: scroll events also come from lines that arrive or are measured.
  const movedAt = useRef(Number.NEGATIVE_INFINITY)
  const moved = (): void => {
    movedAt.current = performance.now()
  }
  const onScroll = (): void => {
    const element = scroller.current
    if (element === null) return
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < ROW_HEIGHT
    const byPerson = performance.now() - movedAt.current < PERSON_MS
    if (byPerson && atEnd !== follow) onFollow(atEnd)
  }
  const fresh = Math.max(0, endLine - seen)
  const digits = String(endLine).length
  return (
    <div className="log-frame">
      <div
        className={wrap ? 'log-scroll log-wrap' : 'log-scroll'}
        ref={scroller}
        onScroll={onScroll}
        onWheel={moved}
        onTouchMove={moved}
        onPointerDown={moved}
        onPointerMove={event => event.buttons > 0 && moved()}
        onKeyDown={moved}
        role="log"
        aria-live="off"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
      >
        <div className="log-body" style={{ height }}>
          {virtual.getVirtualItems().map(row => (
            <div
              key={row.key}
              data-index={row.index}
              ref={wrap ? virtual.measureElement : undefined}
              className={`log-line${hits?.has(row.index) ? ' log-hit' : ''}${row.index === target ? ' log-target' : ''}`}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <button
                type="button"
                className="log-number"
                tabIndex={-1}
                title="Link to this line"
                style={{ minWidth: `calc(${digits}ch + 22px)` }}
                onClick={() => onLine(firstLine + row.index)}
              >
                {firstLine + row.index}
              </button>
              <LineText line={lines[row.index] ?? ''} />
            </div>
          ))}
        </div>
      </div>
      {!follow && fresh > 0 && (
        <button type="button" className="log-pill" onClick={() => onFollow(true)}>
          <Icon name="down" /> {fresh} new line{fresh === 1 ? '' : 's'}
        </button>
      )}
    </div>
  )
}
