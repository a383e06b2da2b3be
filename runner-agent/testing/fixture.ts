// A fake control plane with one agent in this process, and DAGs from YAML.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import { type AgentHandle, runAgent } from '../agent.ts'
import { silentLogger } from '../logger.ts'
import type { AgentOptions } from '../options.ts'
import { FakeControl } from './fake-control.ts'

export const dagOf = (yaml: string): Dag => {
  const loaded = loadDags(yaml, { fileName: 'test.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}

export interface Fixture {
  control: FakeControl
  agent: AgentHandle
  dir: string
  /** Ends the agent and starts another on the same state. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const testOptions = (url: string, dir: string): AgentOptions => ({
  url,
  stateDir: join(dir, 'state'),
  enrol: 'one-time',
  name: 'test',
  labels: { zone: 'a' },
  capacity: 100,
  envPassthrough: [],
  exitWithStdin: false,
})

/** Starts both; the caller closes. */
export const openFixture = async (more: Partial<AgentOptions> = {}): Promise<Fixture> => {
  const dir = mkdtempSync(join(tmpdir(), 'edgedag-agent-'))
  const control = await FakeControl.open()
  const options = { ...testOptions(control.url, dir), ...more }
  const hostEnv = { PATH: process.env.PATH, HOME: dir, LANG: 'C.UTF-8', SHELL: '/bin/sh', HOST_ONLY: 'unseen' }
  const start = () =>
    runAgent(options, { log: process.env.AGENT_LOG ? (...entry) => console.error(...entry) : silentLogger, hostEnv })
  const fixture: Fixture = {
    control,
    agent: await start(),
    dir,
    async restart() {
      await fixture.agent.stop()
      fixture.agent = await start()
    },
    async close() {
      await fixture.agent.stop()
      await control.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  await control.until(() => control.connected, 'the connection')
  return fixture
}
