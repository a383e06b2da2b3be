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

it('waits longer each time that it is welcomed and cut off at once', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const welcome = JSON.stringify({ type: 'welcome', protocol: PROTOCOL, runnerId: 'r', now: 0 })
  const at: number[] = []
  const enough = new Promise<void>(resolve => {
    server.on('connection', socket => {
      at.push(performance.now())
      if (at.length === 4) resolve()
      socket.on('message', () => socket.send(welcome, () => socket.close()))
    })
  })
  const connection = new Connection({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credential: 'c',
    hello: () => ({ type: 'hello' }) as never,
    welcomed: () => {},
    frame: () => {},
    refused: () => {},
    log: silentLogger,
    random: () => 1,
  })
  try {
    connection.open()
    await enough
    const waits = at.slice(1).map((time, i) => time - at[i]!)
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(200 * 2 ** i - 5)
  } finally {
    connection.close()
    server.close()
  }
})
