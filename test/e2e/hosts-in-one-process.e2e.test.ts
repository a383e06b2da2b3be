// Several hosts may live in one process, as the conformance runner has them: what one does to its folder must not touch another.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type RunningHost, startHost } from '../../cli/embedded/host.ts'
import { childrenNamed } from '../../cli/embedded/process-identity.ts'
import { isGone, removeAll } from '../fixtures/product.ts'
import { newDir } from './support/mark.ts'

const dir = newDir()
const running: RunningHost[] = []
afterEach(async () => {
  for (const host of running.splice(0)) await host.close()
  removeAll(dir)
})

async function host(name: string): Promise<RunningHost> {
  const started = await startHost({ stateDir: join(dir, name), port: 0 })
  running.push(started)
  return started
}

const controlPlanes = () => childrenNamed('workerd').map(({ pid }) => pid)

test.each([0, 1])('of two hosts that started at the same time, number %i starts again: the other goes on', async i => {
  const names = ['first', 'second']
  await Promise.all(names.map(host))
  const together = controlPlanes()
  await running.find(({ dagsDir }) => dagsDir.includes(`/${names[i]}/`))?.close()
  const left = controlPlanes()
  expect([together.length, left.length]).toEqual([2, 1])
  await host(names[i] as string)
  expect(controlPlanes()).toContain(left[0])
})

test('a host whose state folder cannot be written any more ends with all that it has started', async () => {
  const { close, agentPid } = await host('gone')
  const [plane, agent] = [controlPlanes(), agentPid()]
  rmSync(join(dir, 'gone'), { recursive: true, force: true, maxRetries: 5 })
  await close()
  running.length = 0
  expect(plane).toHaveLength(1)
  expect([...plane, agent].filter(pid => pid && !isGone(pid))).toEqual([])
})
