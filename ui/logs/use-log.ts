// One log on the page: its tail first, live text while the run goes on, earlier pages on demand. When the socket is down
// or text is missing, the tail is loaded again.
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/client.ts'
import { isContactLost, onContact } from '../api/contact.ts'
import type { LogFrame } from '../api/live-messages.ts'
import type { LiveSocket, LiveState } from '../api/live-socket.ts'
import { fetchLog, type LogTarget } from '../api/runs.ts'
import { FALLBACK_REFETCH_MS } from '../api/use-live.ts'
import { LINES_BEFORE, MAX_REACH } from './line-link.ts'
import { LogBuffer, splitLines } from './log-buffer.ts'

const TAIL_LINES = 400
const PAGE_LINES = 1_000
/** At a time on the way to a linked line. */
const JUMP_LINES = 5_000
/** How often to look for the rest of a log that its host still sends, or sends once it is back. */
const REST_EVERY_MS = 10_000
/** Live text is drawn at most once a frame, however fast it comes. */
const scheduleFrame = (draw: () => void): number => requestAnimationFrame(draw)

/** Hands live frames from the page's one socket to whichever log is shown. */
export class LogFeed {
  private listener: ((frame: LogFrame) => void) | undefined
  push(frame: LogFrame): void {
    this.listener?.(frame)
  }
  listen(listener: (frame: LogFrame) => void): () => void {
    this.listener = listener
    return () => {
      if (this.listener === listener) this.listener = undefined
    }
  }
}

/** Asked again, it may be another. */
const isPassing = (error: unknown): boolean => error instanceof ApiError && (error.status === 0 || error.status >= 500)

export interface LogState {
  buffer: LogBuffer
  version: number
  loading: boolean
  error: unknown
  loadEarlier: () => Promise<void>
  /** Loads back to a line, as far as that is reasonable. */
  loadBackTo: (line: number) => Promise<void>
  reload: () => void
}

interface LogSource {
  name: string
  id: string
  target: LogTarget
  /** Text may still come. */
  active: boolean
  feed: LogFeed
  socket: LiveSocket | undefined
  liveState: LiveState
  /** Which attempt writes: another one begins its log anew. */
  attempt: number
  /** Changes when there may be something to load though no text came live, e.g. the step's status. */
  revision: string
}

export function useLog({ name, id, target, active, feed, socket, liveState, attempt, revision }: LogSource): LogState {
  const { step, stream } = target
  const [buffer, setBuffer] = useState(() => new LogBuffer())
  const [version, setVersion] = useState(0)
  const [loading, setLoading] = useState(true)
  const [error, setError] = useState<unknown>()
  const [round, setRound] = useState(0)
  const [isGrowing, setGrowing] = useState(false)
  const shown = useRef('')
  const reload = useCallback(() => setRound(value => value + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` and `revision` ask for another load
  useEffect(() => {
    const control = new AbortController()
    const key = JSON.stringify([name, id, step, stream, attempt])
    const fresh = shown.current !== key
    const next = fresh ? new LogBuffer() : buffer
    if (fresh) {
      shown.current = key
      setBuffer(next)
      setLoading(true)
      setError(undefined)
    }
    const wanted = step === undefined ? {} : { step, stream: stream ?? 'stdout' }
    const before = next.endOffset ?? 0
    fetchLog(name, id, wanted as LogTarget, { tail: TAIL_LINES }, control.signal)
      .then(answer => {
        // What was said to be missing may be there by now.
        const held = next.endOffset ?? 0
        if (isGrowing && !active && !fresh) next.reset(answer)
        // Where live text came meanwhile, and more than the answer has, the answer is the older one.
        else if (held === before || answer.endOffset >= held) next.merge(answer)
        setGrowing(answer.isGrowing === true)
        setError(undefined)
        setVersion(value => value + 1)
        setLoading(false)
        if (step !== undefined && active && next.endOffset !== undefined)
          socket?.follow(() => ({ step, stream: stream ?? 'stdout', offset: next.endOffset ?? 0 }))
        else socket?.unfollow()
      })
      .catch(cause => {
        if (control.signal.aborted) return
        setError(cause)
        setLoading(false)
      })
    return () => control.abort()
  }, [name, id, step, stream, attempt, round, revision, socket])

  useEffect(() => {
    let pending = 0
    const stop = feed.listen(frame => {
      if (frame.step !== step || frame.stream !== stream) return
      if (!buffer.append(frame.offset, frame.text, frame.bytes)) reload()
      else if (pending === 0)
        pending = scheduleFrame(() => {
          pending = 0
          setVersion(value => value + 1)
        })
    })
    return () => {
      stop()
      cancelAnimationFrame(pending)
    }
  }, [feed, buffer, step, stream, reload])

  const poll = (active && (liveState === 'down' || step === undefined)) || isPassing(error)
  useEffect(() => {
    if (!poll) return
    const timer = setInterval(reload, FALLBACK_REFETCH_MS)
    return () => clearInterval(timer)
  }, [poll, reload])

  const sends = isGrowing && !active
  useEffect(() => {
    if (!sends) return
    const timer = setInterval(reload, REST_EVERY_MS)
    return () => clearInterval(timer)
  }, [sends, reload])

  useEffect(() => onContact(() => !isContactLost() && reload()), [reload])

  const loadPage = useCallback(
    async (limit: number) => {
      const wanted = step === undefined ? {} : { step, stream: stream ?? 'stdout' }
      const answer = await fetchLog(name, id, wanted as LogTarget, { offset: buffer.firstLine - limit, limit })
      // A page that was cut by its size does not reach what is held: it would stand in the wrong place.
      if (splitLines(answer.content).length < limit) return false
      buffer.prepend(answer.content)
      setVersion(value => value + 1)
      return true
    },
    [buffer, name, id, step, stream],
  )
  const loadEarlier = useCallback(async () => {
    let limit = Math.min(PAGE_LINES, buffer.firstLine - 1)
    // Lines may be so long that fewer of them fill a page.
    while (limit > 0 && !(await loadPage(limit))) limit = Math.floor(limit / 4)
  }, [buffer, loadPage])
  const loadBackTo = useCallback(
    async (line: number) => {
      const first = Math.max(1, line - LINES_BEFORE)
      if (buffer.firstLine - first > MAX_REACH) return
      while (buffer.firstLine > first)
        if (!(await loadPage(Math.min(JUMP_LINES, buffer.firstLine - first)))) return loadEarlier()
    },
    [buffer, loadPage, loadEarlier],
  )

  return { buffer, version, loading, error, loadEarlier, loadBackTo, reload }
}
