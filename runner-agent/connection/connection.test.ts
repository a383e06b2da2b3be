import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { PROTOCOL } from '@edgedag/core/protocol/frames'
import { expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { silentLogger } from '../logger.ts'
import { Connection } from './connection.ts'

it('lets nothing new start on a new socket before the welcome, which says whether plans are in doubt', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const order: string[] = []
  const connection = new Connection({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credential: 'c',
    hello: () => ({ type: 'hello' }) as never,
    welcomed: (_frame, silent) => void order.push(`welcome, silent: ${silent}`),
    frame: () => {},
    refused: () => {},
    log: silentLogger,
  })
  try {
    connection.open()
    const [socket] = (await once(server, 'connection')) as [WebSocket]
    // The hello shows that the agent's side is open; it has heard an answer by its pong.
    await once(socket, 'message')
    const fresh = connection.whenFresh()
    expect(connection.fresh).toBe(false)
    socket.send('pong')
    socket.send(JSON.stringify({ type: 'welcome', protocol: PROTOCOL, runnerId: 'r', now: 0 }))
    await fresh?.then(() => order.push('fresh'))
    expect(order).toEqual(['welcome, silent: true', 'fresh'])
    expect(connection.whenFresh()).toBeUndefined()
  } finally {
    connection.close()
    server.close()
  }
})
