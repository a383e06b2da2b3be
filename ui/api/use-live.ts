// React's side of the live socket: pages give a topic and what to do with frames, and learn whether they are live.
import { useEffect, useRef, useState } from 'react'
import type { LiveFrame } from './live-messages.ts'
import { LiveSocket, type LiveState } from './live-socket.ts'

/** How often to refetch while the socket is down, in ms. */
export const FALLBACK_REFETCH_MS = 5_000

export interface Live {
  state: LiveState
  socket: LiveSocket | undefined
  /** For `refetchInterval` of a query: only while the socket is down. */
  refetchInterval: number | false
}

/**
 * Keeps one socket on `topic` while mounted.
 * @param topic undefined: no connection
 * @param onOpen called each time the connection opens: what was asked before may lack what changed until then, and is asked again
 */
export function useLive(topic: string | undefined, onFrame: (frame: LiveFrame) => void, onOpen?: () => void): Live {
  const [state, setState] = useState<LiveState>('connecting')
  const [socket, setSocket] = useState<LiveSocket>()
  const handlers = useRef({ onFrame, onOpen })
  useEffect(() => {
    handlers.current = { onFrame, onOpen }
  })
  useEffect(() => {
    if (topic === undefined) return
    const live = new LiveSocket(topic, {
      onFrame: frame => handlers.current.onFrame(frame),
      onState: next => {
        setState(next)
        if (next === 'open') handlers.current.onOpen?.()
      },
    })
    setSocket(live)
    return () => {
      live.close()
      setSocket(undefined)
      setState('connecting')
    }
  }, [topic])
  return { state, socket, refetchInterval: state === 'down' ? FALLBACK_REFETCH_MS : false }
}
