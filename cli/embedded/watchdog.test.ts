import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { createVerdict, type Probe, probeUrl } from './watchdog.ts'

const a: Probe = 'answers'
const s: Probe = 'silent'
const r: Probe = 'refused'

it.each<[Probe[], number[]]>([
  [[a, a, a, a, a], []],
  [[s, s, s, a, s, s, s], []],
  [[s, s, s, s], [3]],
  [[r, r, a, r, r], []],
  [[r, r, r], [2]],
  [[s, r, r, r], [3]],
  [[r, s, r, s, a], [3]],
  [
    [r, r, r, r, r, r],
    [2, 5],
  ],
])('after %j it is brought back at %j', (found, killed) => {
  const verdict = createVerdict()
  expect(found.flatMap((probe, i) => (verdict(probe) ? [i] : []))).toEqual(killed)
})

it('a port where nobody listens is told from one that answers', async () => {
  const server = createServer((_, response) => response.writeHead(500).end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await probeUrl(url)).toBe('answers')
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  expect(await probeUrl(url)).toBe('refused')
})
