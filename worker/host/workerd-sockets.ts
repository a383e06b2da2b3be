// Hibernating WebSockets of a Durable Object behind the port's Socket.
// Promise: `ping` is answered by the runtime without waking the object, and a socket keeps its id and attachment while it sleeps.
import type { Socket } from './port.ts'

const MAX_ATTACHMENT_BYTES = 16_000

export interface SocketTable {
  of(ws: WebSocket): Socket
}

export function attachSockets(ctx: DurableObjectState): SocketTable {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  const known = new WeakMap<WebSocket, Socket>()
  return {
    of(ws) {
      let socket = known.get(ws)
      if (socket === undefined) {
        socket = wrap(ctx, ws)
        known.set(ws, socket)
      }
      return socket
    },
  }
}

function wrap(ctx: DurableObjectState, ws: WebSocket): Socket {
  const [id = '', ...tags] = ctx.getTags(ws)
  return {
    id,
    tags,
    send(text) {
      // A socket that is closing refuses; its owner hears of it in `closed`.
      if (ws.readyState === WebSocket.READY_STATE_OPEN) ws.send(text)
    },
    close(code, reason) {
      if (ws.readyState === WebSocket.READY_STATE_OPEN) ws.close(code, reason)
    },
    getAttachment: () => ws.deserializeAttachment(),
    setAttachment(value) {
      if (JSON.stringify(value ?? null).length > MAX_ATTACHMENT_BYTES) throw new Error('Attachment over 16 KB')
      ws.serializeAttachment(value)
    },
    lastPingAt: () => ctx.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? null,
  }
}
