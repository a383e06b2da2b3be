import { abortAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { objectOf, stubOf } from '../host/workerd-env.ts'
import { eventually } from '../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, run, startRun, testEnv } from '../testing/installation.ts'
import { SINGLETON } from './contracts.ts'
import { runObjectName } from './names.ts'

const CHAIN = `
steps:
  - name: a
    command: echo a
  - name: b
    command: echo b
  - name: c
    command: echo c
`

afterEach(() => reset())

describe('a run', () => {
  it('goes from start to success, and its logs and outputs can be read', async () => {
    const { agent } = await connectAgent(step => ({ stdout: `hello from ${step}\n` }))
    const { dag } = await putDag('chain', CHAIN)
    const runId = await startRun(dag)
    const summary = await ended(runId)
    expect(summary).toMatchObject({ status: 'succeeded', done: 3, total: 3, runner: 'fake' })
    expect(await run(runId).stepLog(runId, 'b', 'stdout')).toMatchObject({ inline: 'hello from b\n', bytes: 13, live: null })
    expect(await run(runId).stepLog(runId, 'nope', 'stdout')).toBeNull()
    expect((await run(runId).events(runId))?.at(-1)).toContain('succeeded')
    expect(await eventually(async () => ((await dag.activeRuns()).length === 0 ? 'done' : null))).toBe('done')
    expect(await dag.run(runId)).toMatchObject({ status: 'succeeded' })
    expect(agent.runs.size).toBe(0)
  })
})
