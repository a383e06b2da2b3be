import { describe, expect, it } from 'vitest'
import { type ApiClient, ApiError } from './client/api-client.ts'
import type { Connection } from './connection.ts'
import { movingConnection } from './moving-connection.ts'

const GONE = new TypeError('fetch failed')

function connection(kind: Connection['kind'], answer: () => Promise<unknown>) {
  const asked: string[] = []
  const one = (method: string) => (path: string) => {
    asked.push(`${method} ${path}`)
    return answer()
  }
  const client = { url: kind, token: 't', get: one('GET'), post: one('POST') } as unknown as ApiClient
  let closed = false
  const close = async () => {
    closed = true
  }
  return { connection: { client, kind, close } satisfies Connection, asked, isClosed: () => closed }
}
const gone = () => connection('attached', () => Promise.reject(GONE))

describe('a connection to the server of another command', () => {
  it('repeats a reading on the next server, also when the first answer is one that is just ending', async () => {
    const next = connection('embedded', async () => 'here')
    const found = [gone(), next]
    const moving = movingConnection(gone().connection, async () => found.shift()?.connection ?? next.connection)
    expect(await moving.client.get('/x')).toBe('here')
    expect(next.asked).toEqual(['GET /x'])
    await moving.close()
    expect(next.isClosed()).toBe(true)
  })

  it('leaves it to the asker whether a change is asked for again, and has moved by then', async () => {
    const next = connection('embedded', async () => 'done')
    const moving = movingConnection(gone().connection, async () => next.connection)
    await expect(moving.client.post('/x', {})).rejects.toBe(GONE)
    expect(next.asked).toEqual([])
    expect(await moving.client.post('/x', {})).toBe('done')
  })

  it('does not move for an answer of the server, nor away from its own server', async () => {
    const refusal = new ApiError(404, 'not_found', 'nothing', {})
    let finds = 0
    const find = async () => {
      finds++
      return gone().connection
    }
    const refused = movingConnection(connection('attached', () => Promise.reject(refusal)).connection, find)
    await expect(refused.client.get('/x')).rejects.toBe(refusal)
    const own = movingConnection(connection('embedded', () => Promise.reject(GONE)).connection, find)
    await expect(own.client.get('/x')).rejects.toBe(GONE)
    expect(finds).toBe(0)
  })
})
