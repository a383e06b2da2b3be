/// <reference types="@cloudflare/vitest-plugin/types" />
import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually, type StepEnd } from '../../testing/fake-agent.ts'
import { connectAgent, crash, ended, putDag, run, startRun } from '../../testing/installation.ts'

const parentOf = (items: number) => `
steps:
  - name: go
    call: kid
    parallel: ${JSON.stringify(Array.from({ length: items }, (_, i) => `n${i}`))}
---
name: kid
steps:
  - name: work
    command: echo kid
`

const childrenOf = async (runId: string) => (await run(runId).children(runId)) ?? []
const idsOf = async (runId: string, count: number) => {
  await eventually(async () => (await childrenOf(runId)).length === count)
  return (await childrenOf(runId)).map(child => child.dagRunId)
}

/** Steps of children end when the test says so. */
function held() {
  const waiting: ((end: StepEnd) => void)[] = []
  return {
    behave: () => new Promise<StepEnd>(resolve => void waiting.push(resolve)),
    running: (count: number) => eventually(() => waiting.length >= count),
    endAll: (end: StepEnd = {}) => {
      for (const resolve of waiting.splice(0)) resolve(end)
    },
  }
}

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('a run that calls others', () => {
  it('ends with them, shows them, and they are in no list of runs of their own', async () => {
    await connectAgent()
    const { dag } = await putDag('parent', parentOf(3))
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    const children = await childrenOf(runId)
    expect(children).toMatchObject([
      { step: 'go', dagName: 'kid', params: 'n0', status: 'succeeded' },
      { step: 'go', dagName: 'kid', params: 'n1', status: 'succeeded' },
      { step: 'go', dagName: 'kid', params: 'n2', status: 'succeeded' },
    ])
    const child = children[0]!.dagRunId
    expect(await run(child).details(child)).toMatchObject({
      triggerType: 'subdag',
      parentDAGRunId: runId,
      rootDAGRunId: runId,
    })
    expect(await run(runId).called(runId)).toEqual(children.map(each => each.dagRunId))
    expect(await dag.run(child)).toBeNull()
    expect((await dag.runs({ limit: 100 })).map(line => line.runId)).toEqual([runId])
  })

  it('goes on after a crash in the middle of its children, and runs each of them once', async () => {
    const steps = held()
    const { agent } = await connectAgent(steps.behave)
    const { dag } = await putDag('parent', parentOf(5))
    const runId = await startRun(dag)
    await steps.running(5)
    const before = await idsOf(runId, 5)
    await crash()
    agent.cut()
    await agent.connect()
    steps.endAll()
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    expect(await idsOf(runId, 5)).toEqual(before)
    for (const id of before) expect(await run(id).details(id)).toMatchObject({ attempt: 1, nodes: [{ attempt: 1 }] })
  })

  it('takes the last word of a child once, however often it comes', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag } = await putDag('parent', parentOf(2))
    const runId = await startRun(dag)
    await steps.running(2)
    const [id = ''] = await idsOf(runId, 2)
    const word = { id, attempt: 1, startedAt: 1, finishedAt: 2, runner: 'fake' }
    for (const status of ['failed', 'succeeded', 'failed'] as const)
      await run(runId).childChanged(runId, { ...word, status })
    expect((await childrenOf(runId)).map(child => child.status)).toEqual(['failed', 'running'])
    steps.endAll()
    expect(await ended(runId)).toMatchObject({ status: 'failed' })
    expect((await childrenOf(runId)).map(child => child.status)).toEqual(['failed', 'succeeded'])
  })

  it('that is stopped ends its children first, and starts no other', async () => {
    const steps = held()
    const { agent } = await connectAgent(steps.behave)
    const { dag } = await putDag(
      'parent',
      parentOf(30).replace('parallel:', 'parallel: {max_concurrent: 3, items:').replace(/\]$/m, ']}'),
    )
    const runId = await startRun(dag)
    await steps.running(3)
    await run(runId).stop(runId, { by: 'me' })
    expect(await ended(runId)).toMatchObject({ status: 'aborted' })
    const statuses = (await childrenOf(runId)).map(child => child.status)
    expect(statuses.filter(status => status === 'aborted')).toHaveLength(3)
    expect(statuses.filter(status => status === 'not_started')).toHaveLength(27)
    await eventually(() => agent.runs.size === 0)
  })

  it('is refused a run id that another run has', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag } = await putDag('parent', parentOf(1))
    const runId = await startRun(dag)
    const [child = ''] = await idsOf(runId, 1)
    await steps.running(1)
    const pinned = (await dag.specOf(runId))!
    const taken = await run(child).create({ spec: { ...pinned.spec, runId: child }, dagJson: pinned.dagJson })
    expect(taken.ok).toBe(false)
    steps.endAll()
    await ended(runId)
  })

  it('a retry runs again what failed, under the same ids', async () => {
    let failing = true
    await connectAgent(() => (failing ? { outcome: 'failed' } : {}))
    const { dag } = await putDag('parent', parentOf(2))
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'failed' })
    const before = await idsOf(runId, 2)
    failing = false
    await dag.retry(runId, {})
    await eventually(async () => (await run(runId).summary(runId))?.status === 'succeeded')
    expect(await idsOf(runId, 2)).toEqual(before)
    expect(await run(before[0]!).details(before[0]!)).toMatchObject({ attempt: 2, statusLabel: 'succeeded' })
  })
})
