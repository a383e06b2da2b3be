// The log of one step, with what is needed to read it: stream, search, wrap, follow, download, earlier lines.
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { type LogTarget, logDownloadUrl } from '../api/runs.ts'
import { Icon } from '../components/icon.tsx'
import { isTyping, shortcutsOn } from '../components/shortcuts.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, ErrorState, Skeleton } from '../components/ui.tsx'
import { stripAnsi } from '../lib/ansi.ts'
import { MAX_REACH } from './line-link.ts'
import { LogLines } from './log-lines.tsx'
import type { LogState } from './use-log.ts'

interface LogPaneProps {
  name: string
  id: string
  target: LogTarget
  title: ReactNode
  log: LogState
  active: boolean
  onStream: (stream: 'stdout' | 'stderr') => void
  /** The line that the address names. */
  line?: number | undefined
  /** Puts a line into the address, so that it can be sent to somebody. */
  onLine: (line: number) => void
  /** Shown in place of an empty log. */
  emptyText: string
  /** Above the lines, e.g. why the step failed. */
  children?: ReactNode
}

const WRAP_KEY = 'edgedag.log.wrap'
const MIN_NEEDLE = 2

/** As chosen before; else only where the screen is too narrow for lines. */
const wrapsAtStart = (): boolean =>
  (localStorage.getItem(WRAP_KEY) ?? (window.innerWidth < 640 ? 'on' : 'off')) === 'on'

/** Indices of lines that contain the text, ignoring case. */
function findLines(lines: readonly string[], needle: string): number[] {
  if (needle.length < MIN_NEEDLE) return []
  const wanted = needle.toLowerCase()
  const found: number[] = []
  lines.forEach((line, index) => {
    const plain = line.includes('\u001b') ? stripAnsi(line) : line
    if (plain.toLowerCase().includes(wanted)) found.push(index)
  })
  return found
}

export function LogPane({
  name,
  id,
  target,
  title,
  log,
  active,
  onStream,
  line,
  onLine,
  emptyText,
  children,
}: LogPaneProps) {
  const [wrap, setWrap] = useState(wrapsAtStart)
  const [follow, setFollow] = useState(true)
  const [needle, setNeedle] = useState('')
  const [hit, setHit] = useState(0)
  const { buffer, version } = log
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buffer changes in place, `version` says when
  const found = useMemo(() => findLines(buffer.lines, needle), [buffer, version, needle])
  const hits = useMemo(() => new Set(found), [found])
  const key = `${target.step ?? ''}/${target.stream ?? ''}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: another log starts at its end or at the line of the address, without a search
  useEffect(() => {
    setFollow(line === undefined)
    setNeedle('')
  }, [key])
  const { loading, loadBackTo } = log
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was loaded by then is not loaded again
  useEffect(() => {
    if (line === undefined || loading) return
    setFollow(false)
    if (line < buffer.firstLine - MAX_REACH)
      toast('bad', `Line ${line} is far before the end of this log: download it to read there`)
    else if (line < buffer.firstLine)
      loadBackTo(line).catch(error => toastError(`Line ${line} could not be loaded`, error))
  }, [line, loading, loadBackTo])
  const linked = line === undefined || line < buffer.firstLine ? undefined : line - buffer.firstLine
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'f' && shortcutsOn() && !isTyping(event)) setFollow(value => !value)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  const toggleWrap = (): void => {
    localStorage.setItem(WRAP_KEY, wrap ? 'off' : 'on')
    setWrap(!wrap)
  }
  const move = (by: number): void => {
    if (found.length === 0) return
    setFollow(false)
    setHit(value => (value + by + found.length) % found.length)
  }
  const search = (value: string): void => {
    setNeedle(value)
    setHit(0)
    if (value.length >= MIN_NEEDLE) setFollow(false)
  }
  const loadEarlier = (): void => {
    setFollow(false)
    log.loadEarlier().catch(error => toastError('Earlier lines could not be loaded', error))
  }
  return (
    <section className="log-pane" aria-label="Log">
      <header className="log-head">
        <div className="log-title">{title}</div>
        {target.step !== undefined && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of its own
          <div className="segmented" role="group" aria-label="Stream">
            {(['stdout', 'stderr'] as const).map(stream => (
              <button
                type="button"
                key={stream}
                aria-pressed={target.stream === stream}
                onClick={() => onStream(stream)}
              >
                {stream}
              </button>
            ))}
          </div>
        )}
        <div className="log-tools">
          <label className="log-search">
            <Icon name="search" size={14} />
            <input
              type="search"
              placeholder="Find"
              aria-label="Find in the loaded lines"
              value={needle}
              onChange={event => search(event.target.value)}
              onKeyDown={event => {
                if (event.key === 'Enter') move(event.shiftKey ? -1 : 1)
              }}
            />
            {needle.length >= MIN_NEEDLE && (
              <span className="log-count" role="status">
                {found.length === 0 ? 'none' : `${hit + 1}/${found.length}`}
              </span>
            )}
          </label>
          <Button icon="wrap" tone="ghost" iconOnly aria-pressed={wrap} onClick={toggleWrap}>
            Wrap long lines
          </Button>
          {active && (
            <Button icon="down" tone="ghost" iconOnly aria-pressed={follow} onClick={() => setFollow(!follow)}>
              Follow the end
            </Button>
          )}
          <a
            className="button button-ghost button-icon"
            href={logDownloadUrl(name, id, target)}
            download
            aria-label="Download"
            title="Download"
          >
            <Icon name="download" />
          </a>
        </div>
      </header>
      {children}
      {log.loading ? (
        <Skeleton rows={6} height={14} />
      ) : log.error !== undefined && buffer.lines.length === 0 ? (
        <ErrorState what="The log could not be loaded" error={log.error} onRetry={log.reload} />
      ) : buffer.lines.length === 0 ? (
        <p className="log-empty muted">{emptyText}</p>
      ) : (
        <>
          {buffer.firstLine > 1 && (
            <button type="button" className="log-earlier" onClick={loadEarlier}>
              <Icon name="up" size={14} /> {buffer.firstLine - 1} earlier line{buffer.firstLine === 2 ? '' : 's'}
            </button>
          )}
          <LogLines
            lines={buffer.lines}
            firstLine={buffer.firstLine}
            version={version}
            wrap={wrap}
            follow={follow}
            onFollow={setFollow}
            target={needle.length >= MIN_NEEDLE ? found[hit] : linked}
            onLine={onLine}
            hits={hits}
            label={`${target.step ?? 'run'} ${target.stream ?? 'log'}`}
          />
        </>
      )}
    </section>
  )
}
