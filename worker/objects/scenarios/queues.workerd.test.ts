/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'

const ONE = 'steps:\n  - name: a\n    command: echo a\n'

const queue = (name: string) => stubOf(testEnv, 'queue', name)

/** Runs in the order in which their step began; each ends when it is let go. */
async function heldAgent() {
  const started: string[] = []
  const waiting = new Map<string, () => void>()
  let n = 0
  const { agent } = await connectAgent(
    () =>
      new Promise(resolve => {
        const key = `${n++}`
        waiting.set(key, () => resolve({}))
      }),
  )
  const running = () => [...agent.runs.keys()]
  const note = () => {
    for (const runId of running()) if (!started.includes(runId)) started.push(runId)
  }
  const letGo = () => {
    note()
    for (const [key, end] of waiting) {
      waiting.delete(key)
      end()
    }
  }
  return { agent, started, running, note, letGo }
}

async function drain(host: Awaited<ReturnType<typeof heldAgent>>, runIds: string[]): Promise<void> {
  await eventually(async () => {
    host.letGo()
    const lines = await Promise.all(runIds.map(runId => run(runId).summary(runId)))
    return lines.every(line => line?.finishedAt)
  })
}

afterEach(() => reset())

describe('a paused queue', () => {
  it('admits nobody, lets runs be put in another order, and goes on where it was after a crash', async () => {
    const host = await heldAgent()
    const { dag, dagId } = await putDag('ordered', ONE)
    await directory().setQueue('line', 1)
    await queue('line').setPaused(true)
    const [a, b, c, d] = [] as string[] as [string, string, string, string]
    const ids = [a, b, c, d]
    for (let i = 0; i < 4; i++) ids[i] = await startRun(dag, 'enqueue', 'line')
    await eventually(async () => (await queue('line').describe()).queuedCount === 4)
    expect(await queue('line').move(ids[3]!, { to: 'first' })).toBe('ok')
    expect(await queue('line').setPriority(ids[2]!, 'high')).toBe('ok')
    expect(await queue('line').move(ids[0]!, { to: 'last' })).toBe('ok')
    expect(await queue('line').move('nobody', { to: 'last' })).toBe('unknown')
    const order = [ids[3], ids[2], ids[1], ids[0]]
    const shown = async () => (await queue('line').items({ from: 0, limit: 10 })).map(item => item.runId)
    expect(await shown()).toEqual(order)
    expect(await dag.run(ids[0]!)).toMatchObject({
      status: 'queued',
      reason: 'position 4 of 4 in queue line: the queue is paused',
      place: { position: 4, total: 4, paused: true },
    })
    await abortAllDurableObjects()
    await eventually(() =>
      shown().then(
        list => list.length === 4,
        () => false,
      ),
    )
    expect(await shown()).toEqual(order)
    await host.agent.connect()
    expect(host.running()).toEqual([])
    await queue('line').setPaused(false)
    await drain(host, ids)
    expect(host.started).toEqual(order)
    await eventually(async () => (await queue('line').describe()).running.length === 0)
    expect(await stubOf(testEnv, 'dag', dagId).queueDescription()).toMatchObject({ queuedCount: 0 })
  })

  it('can be a DAG’s own', async () => {
    const host = await heldAgent()
    const { dag } = await putDag('own-paused', ONE)
    await dag.queuePaused(true)
    const low = await startRun(dag, 'enqueue')
    const high = await dag.start({ trigger: 'manual', mode: 'enqueue', priority: 'high' })
    const first = await startRun(dag, 'enqueue')
    if (!high.ok) throw new Error(high.error.message)
    expect((await dag.queueItems({ from: 0, limit: 5 })).map(item => item.runId)).toEqual([
      high.value.runId,
      low,
      first,
    ])
    expect(await dag.queueMove(first, { before: low })).toBe('ok')
    expect(await dag.run(low)).toMatchObject({ reason: 'position 3 of 3 in queue own-paused: the queue is paused' })
    await dag.queuePaused(false)
    await drain(host, [high.value.runId, first, low])
    expect(host.started).toEqual([high.value.runId, first, low])
  })
})

describe('a queue of many', () => {
  it('is cleared in one go, and what was queued is gone', async () => {
    const { dag } = await putDag('cleared', ONE)
    await directory().setQueue('full', 1)
    await queue('full').setPaused(true)
    const ids: string[] = []
    for (let i = 0; i < 30; i++) ids.push(await startRun(dag, 'enqueue', 'full'))
    await eventually(async () => (await queue('full').describe()).queuedCount === 30)
    expect((await dag.dequeueAll([...ids, 'nobody'])).sort()).toEqual([...ids].sort())
    expect(await queue('full').items({ from: 0, limit: 5 })).toEqual([])
    expect(await dag.run(ids[0]!)).toBeNull()
    expect(await dag.dequeueAll(ids)).toEqual([])
  })
})

describe('a suspended DAG', () => {
  it('drops queued runs of its schedule as aborted, and runs those that somebody asked for', async () => {
    await connectAgent()
    const { dag } = await putDag('asleep', ONE)
    await dag.suspend(true)
    const start = async (trigger: 'scheduler' | 'manual', queue?: string) => {
      const started = await dag.start({ trigger, mode: 'enqueue', ...(queue ? { queue } : {}) })
      if (!started.ok) throw new Error(started.error.message)
      return started.value.runId
    }
    const dropped = [await start('scheduler'), await start('scheduler', 'somewhere')]
    const kept = [await start('manual'), await start('manual', 'somewhere')]
    for (const runId of kept) expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    for (const runId of dropped) {
      const line = await eventually(async () => {
        const found = await dag.run(runId)
        return found?.finishedAt ? found : null
      })
      expect(line).toMatchObject({ status: 'aborted', reason: expect.stringContaining('suspended') })
    }
    await eventually(async () => (await queue('somewhere').describe()).running.length === 0)
  })
})

describe('concurrency keys', () => {
  const spec = (more: string) => `params: {TENANT: x}\nconcurrency: {key: "\${TENANT}"${more}}\n${ONE}`
  const starter = (dag: Awaited<ReturnType<typeof putDag>>['dag']) => async (tenant: string, queue?: string) => {
    const mode = queue === undefined ? ('start' as const) : ('enqueue' as const)
    const started = await dag.start({
      trigger: 'manual',
      mode,
      params: `TENANT=${tenant}`,
      ...(queue ? { queue } : {}),
    })
    if (!started.ok) throw new Error(started.error.message)
    return started.value.runId
  }

  it('let one run of each key run at once and make the others wait with the reason, also before a global queue', async () => {
    const host = await heldAgent()
    await directory().setQueue('wide-open', 5)
    const { dag } = await putDag('keyed', spec(''))
    const start = starter(dag)
    const [a1, b1, a2] = [await start('a'), await start('b'), await start('a')]
    const a3 = await start('a', 'wide-open')
    await eventually(() => host.running().length === 2)
    expect(host.running().sort()).toEqual([a1, b1].sort())
    expect(await dag.run(a2)).toMatchObject({
      status: 'queued',
      reason: `waits for run ${a1}: concurrency key "a" lets one run go at a time`,
    })
    expect((await queue('wide-open').describe()).running).toEqual([])
    await drain(host, [a1, b1, a2, a3])
    expect(host.started.filter(runId => runId !== b1)).toEqual([a1, a2, a3])
  })

  it('cancel what runs and what waits, and run the newest', async () => {
    const host = await heldAgent()
    const { dag } = await putDag('newest', spec(', on_conflict: cancel'))
    const start = starter(dag)
    const first = await start('a')
    await eventually(() => host.running().includes(first))
    const [second, third] = [await start('a'), await start('a')]
    expect(await ended(first)).toMatchObject({ status: 'aborted' })
    await eventually(() => host.running().includes(third))
    host.letGo()
    expect(await ended(third)).toMatchObject({ status: 'succeeded' })
    expect(await dag.run(second)).toMatchObject({
      status: 'aborted',
      reason: expect.stringContaining(`superseded by run ${third}`),
    })
    expect(await run(second).summary(second)).toBeNull()
  })

  it('skip a run whose key is taken, and say so', async () => {
    const host = await heldAgent()
    const { dag } = await putDag('skipping', spec(', limit: 2, on_conflict: skip'))
    const start = starter(dag)
    const running = [await start('a'), await start('a')]
    const skipped = await start('a')
    expect(await dag.run(skipped)).toMatchObject({
      status: 'aborted',
      reason: expect.stringContaining('skipped: run '),
    })
    await drain(host, running)
    const next = await start('a')
    await drain(host, [next])
    expect(await ended(next)).toMatchObject({ status: 'succeeded' })
  })
})
