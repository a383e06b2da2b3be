/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import type { StepEnd } from '../../testing/fake-agent.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, crash, directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'

const CHAIN = `
steps:
  - name: a
    command: echo a
  - name: b
    command: echo b
  - name: c
    command: echo c
`
const ONE = `
steps:
  - name: a
    command: echo a
`

const runObject = (runId: string) => objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL)))

/** Steps that end when the test says so. */
function held() {
  const waiting = new Map<string, (end: StepEnd) => void>()
  return {
    behave: (step: string, attempt: number) =>
      new Promise<StepEnd>(resolve => waiting.set(`${step}/${attempt}`, resolve)),
    running: (step: string, attempt = 1) => eventually(() => waiting.has(`${step}/${attempt}`)),
    end: (step: string, end: StepEnd = {}, attempt = 1) => waiting.get(`${step}/${attempt}`)!(end),
    keys: () => [...waiting.keys()],
  }
}

/** The clock of all objects, moved forward. */
function passTime(ms: number): void {
  const realNow = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + ms)
}

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('a run', () => {
  it('goes from start to success, and its logs and events can be read', async () => {
    const { agent } = await connectAgent(step => ({ stdout: `hello from ${step}\n` }))
    const { dag } = await putDag('chain', CHAIN)
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 3, total: 3, runner: 'fake' })
    expect(await run(runId).stepLog(runId, 'b', 'stdout')).toMatchObject({
      inline: 'hello from b\n',
      bytes: 13,
      live: null,
    })
    expect(await run(runId).stepLog(runId, 'nope', 'stdout')).toBeNull()
    expect((await run(runId).events(runId))?.at(-1)).toContain('succeeded')
    await eventually(async () => (await dag.activeRuns()).length === 0)
    expect(await dag.run(runId)).toMatchObject({ status: 'succeeded' })
    expect(agent.runs.size).toBe(0)
  })

  it('waits with a reason while no runner is connected, and begins when one comes', async () => {
    const { dag } = await putDag('lonely', ONE)
    const runId = await startRun(dag)
    const waiting = await eventually(async () => await run(runId).summary(runId))
    expect(waiting).toMatchObject({ status: 'queued', reason: 'no runner is connected' })
    await connectAgent()
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
  })

  it('shows a stop at once and is aborted when the agent has answered', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag } = await putDag('stopped', CHAIN)
    const runId = await startRun(dag)
    await steps.running('a')
    expect(await run(runId).stop(runId, { by: 'me' })).toEqual({ ok: true, value: null })
    expect(await ended(runId)).toMatchObject({ status: 'aborted' })
    expect(await run(runId).stop(runId, { by: 'me' })).toMatchObject({ ok: false, error: { code: 'not_running' } })
  })

  it('retries what failed', async () => {
    let fails = true
    await connectAgent(step => (step === 'b' && fails ? { outcome: 'failed' } : {}))
    const { dag } = await putDag('retried', CHAIN)
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'failed' })
    fails = false
    expect(await dag.retry(runId, { by: 'me' })).toMatchObject({ ok: true })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', trigger: 'retry' })
    await eventually(async () => (await dag.run(runId))?.status === 'succeeded')
  })
})

describe('after a crash of every object', () => {
  it('goes on with the step that runs on the host', async () => {
    const steps = held()
    const { agent } = await connectAgent(steps.behave)
    const { dag } = await putDag('crash', CHAIN)
    const runId = await startRun(dag)
    await steps.running('a')
    await eventually(async () => (await run(runId).summary(runId))?.status === 'running')
    await crash()
    await agent.connect()
    steps.end('a')
    await steps.running('b')
    await crash()
    steps.end('b')
    await agent.connect()
    await steps.running('c')
    steps.end('c')
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    expect(steps.keys()).toEqual(['a/1', 'b/1', 'c/1'])
  })

  it('creates an accepted run that nobody had heard of yet', async () => {
    const { agent } = await connectAgent()
    const { dag, dagId } = await putDag('early', ONE)
    const runId = await startRun(dag)
    await crash()
    await agent.connect()
    await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
  })

  it('takes a step whose host came back without it for lost', async () => {
    const steps = held()
    const { agent } = await connectAgent(steps.behave)
    const { dag } = await putDag('lost', ONE)
    const runId = await startRun(dag)
    await steps.running('a')
    await eventually(async () => (await run(runId).summary(runId))?.status === 'running')
    agent.cut()
    agent.runs.clear()
    await agent.connect()
    expect(await ended(runId)).toMatchObject({ status: 'failed' })
    const details = await run(runId).details(runId)
    expect(JSON.stringify(details)).toContain('"lost":true')
  })

  it('keeps sockets and runs over an eviction', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag } = await putDag('evicted', CHAIN)
    const runId = await startRun(dag)
    for (const step of ['a', 'b', 'c']) {
      await steps.running(step)
      await evictAllDurableObjects()
      steps.end(step)
    }
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
  })
})

describe('queues', () => {
  it('lets one run of a DAG through its own queue at a time, in order', async () => {
    const steps = held()
    const { agent } = await connectAgent(steps.behave)
    const { dag } = await putDag('own', ONE)
    const runs = [await startRun(dag, 'enqueue'), await startRun(dag, 'enqueue'), await startRun(dag, 'enqueue')]
    for (const runId of runs) {
      await eventually(() => agent.runs.has(runId))
      expect(agent.runs.size).toBe(1)
      await steps.running('a')
      steps.end('a')
      expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    }
  })

  it('admits to a global queue in order and never above its limit', async () => {
    await directory().setQueue('shared', 2)
    const order: string[] = []
    let now = 0
    let most = 0
    await connectAgent(async () => {
      most = Math.max(most, ++now)
      await scheduler.wait(5)
      now--
      return {}
    })
    const dags = await Promise.all(['q1', 'q2', 'q3'].map(name => putDag(name, ONE)))
    const runs: string[] = []
    for (let i = 0; i < 9; i++) runs.push(await startRun(dags[i % 3]!.dag, 'enqueue', 'shared'))
    for (const runId of runs) order.push((await ended(runId)).status)
    expect(order).toEqual(Array(9).fill('succeeded'))
    expect(most).toBe(2)
    await eventually(async () => (await stubOf(testEnv, 'queue', 'shared').describe()).running.length === 0)
  })

  it('gives a retry a slot of its own, though the release of the attempt before is still on its way', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag, dagId } = await putDag('overtaken', ONE)
    const first = await startRun(dag, 'enqueue', 'overtaken')
    await steps.running('a')
    const second = await startRun(dag, 'enqueue', 'overtaken')
    const queue = stubOf(testEnv, 'queue', 'overtaken')
    const again = { runId: first, dagId, priority: 'low' as const, enqueuedAt: Date.now() + 1_000 }
    await eventually(async () => (await queue.describe()).queuedCount === 1)
    expect(await queue.enqueue(again)).toEqual({ admitted: false, position: 1 })
    expect(await queue.describe()).toMatchObject({ running: [{ runId: second }], queuedCount: 1 })
    expect(await queue.items({ from: 0, limit: 5 })).toMatchObject([{ runId: first, position: 1 }])
    steps.end('a')
    await ended(first)
    await steps.running('a')
    steps.end('a')
    await ended(second)
    await eventually(async () => (await queue.describe()).running.length === 0)
  })

  it('forgets a dequeued run that never started', async () => {
    const steps = held()
    await connectAgent(steps.behave)
    const { dag } = await putDag('dequeued', ONE)
    const first = await startRun(dag, 'enqueue', 'narrow')
    await steps.running('a')
    const second = await startRun(dag, 'enqueue', 'narrow')
    expect(await dag.run(second)).toMatchObject({ status: 'queued' })
    expect(await dag.dequeue(second)).toMatchObject({ ok: true })
    expect(await dag.run(second)).toBeNull()
    expect(await dag.dequeue(first)).toMatchObject({ ok: false })
    steps.end('a')
    await ended(first)
  })
})

describe('schedules', () => {
  it('starts a run once per due time, with an id made of it', async () => {
    const { dag, dagId } = await putDag('hourly', `schedule: "0 * * * *"\n${ONE}`)
    const due = Math.ceil((Date.now() + 1) / 3_600_000) * 3_600_000
    passTime(due + 40 - Date.now())
    await connectAgent()
    await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    const [first] = await eventually(async () => {
      const runs = await dag.runs({ limit: 10 })
      return runs.length > 0 ? runs : null
    })
    expect(first).toMatchObject({ trigger: 'scheduler', scheduleTime: due })
    expect(first!.runId).toMatch(/^\d{8}_\d{6}_[0-9a-f]{10}$/)
    await ended(first!.runId)
    await dag.sweep()
    await crash()
    await dag.sweep().catch(() => {})
    expect(await stubOf(testEnv, 'dag', dagId).runs({ limit: 10 })).toHaveLength(1)
  })
})

describe('a DAG', () => {
  it('keeps the labels of a start as those of its file, so that both are found alike', async () => {
    const { dag } = await putDag('labelled', `labels: Team=Core\n${ONE}`)
    const labels = [' Env=Prod ', 'env=prod', 'TEAM=core']
    const started = await dag.start({ trigger: 'manual', mode: 'enqueue', labels })
    const { runId } = started.ok ? started.value : { runId: '' }
    expect((await dag.run(runId))?.labels).toEqual(['team=core', 'env=prod'])
  })

  it('gives no run an id by which it could not be asked for', async () => {
    const { dag } = await putDag('naming', ONE)
    for (const [runId, message] of [
      ['latest', /must not be "latest": it means the newest run/],
      ['a b', /must only contain alphanumeric/],
    ] as const) {
      const refused = await dag.start({ runId, trigger: 'manual', mode: 'enqueue' })
      expect(refused).toMatchObject({
        ok: false,
        error: { code: 'bad_request', message: expect.stringMatching(message) },
      })
    }
    expect(await dag.start({ runId: 'latest-2', trigger: 'manual', mode: 'enqueue' })).toMatchObject({ ok: true })
  })

  it('retries a failed run by its own policy, under the same id, and no more often than that', async () => {
    let attempts = 0
    await connectAgent(() => ({ outcome: ++attempts < 3 ? 'failed' : 'succeeded' }))
    const { dag } = await putDag('persistent', `retry_policy: {limit: 2, interval_sec: 1, max_interval_sec: 1}\n${ONE}`)
    const runId = await startRun(dag)
    await eventually(async () => (await dag.run(runId))?.status === 'succeeded')
    expect(attempts).toBe(3)
    expect(await dag.runs({ limit: 10 })).toHaveLength(1)
  })

  it('keeps as much history as it says', async () => {
    await connectAgent()
    const { dag } = await putDag('forgetful', `hist_retention_days: 0\n${ONE}`)
    const first = await startRun(dag)
    await ended(first)
    await eventually(async () => (await dag.activeRuns()).length === 0)
    const second = await startRun(dag)
    await ended(second)
    await eventually(async () => (await dag.runs({ limit: 10 })).length === 1)
    expect((await dag.runs({ limit: 10 }))[0]?.runId).toBe(second)
    expect(await run(first).details(first)).toBeNull()
  })
})

describe('packing', () => {
  it('puts finished runs into one blob, reads them there, and brings one back for a retry', async () => {
    let fails = true
    const { agent } = await connectAgent(step => ({
      stdout: `${step} says hello\n`,
      outcome: step === 'c' && fails ? 'failed' : 'succeeded',
    }))
    const { dag, dagId } = await putDag('packed', CHAIN)
    const runId = await startRun(dag)
    await ended(runId)
    const read = async () => ({
      details: await run(runId).details(runId),
      events: await run(runId).events(runId),
      log: await run(runId).stepLog(runId, 'a', 'stdout'),
    })
    const before = await read()
    await eventually(async () => (await dag.activeRuns()).length === 0)
    passTime(6_000)
    await eventually(async () => {
      await runDurableObjectAlarm(runObject(runId))
      return (await testEnv.BLOBS.list({ prefix: 'packs/' })).objects.length > 0
    })
    await crash()
    // The local R2 is an object too.
    expect(await eventually(() => read().catch(() => null))).toEqual(before)
    expect(await run(runId).poke(runId)).toBe('finished')
    fails = false
    await agent.connect()
    expect(await stubOf(testEnv, 'dag', dagId).retry(runId, { by: 'me' })).toMatchObject({ ok: true })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    expect(await run(runId).stepLog(runId, 'a', 'stdout')).toEqual(before.log)
    expect(await run(runId).events(runId)).toEqual(expect.arrayContaining(before.events!))
  })

  it('deletes a packed run with its blob', async () => {
    await connectAgent()
    const { dag } = await putDag('deleted', ONE)
    const runId = await startRun(dag)
    await ended(runId)
    await eventually(async () => (await dag.activeRuns()).length === 0)
    passTime(6_000)
    // Objects of earlier tests live on in memory and may pack as well.
    const packs = async () => (await testEnv.BLOBS.list({ prefix: 'packs/' })).objects.map(object => object.key)
    const before = await packs()
    const key = await eventually(async () => {
      await runDurableObjectAlarm(runObject(runId))
      return (await packs()).find(pack => !before.includes(pack))
    })
    expect(await dag.removeRun(runId)).toMatchObject({ ok: true })
    expect(await run(runId).details(runId)).toBeNull()
    await eventually(async () => !(await packs()).includes(key))
    const { runs } = await stubOf(testEnv, 'index', SINGLETON).runs({ limit: 10, runId })
    expect(runs).toEqual([])
  })
})

describe('the index', () => {
  it('lists runs and DAGs, filtered and in pages', async () => {
    await connectAgent(step => ({ outcome: step === 'b' ? 'failed' : 'succeeded' }))
    const good = await putDag('good', `labels: [team=core]\n${ONE}`)
    const bad = await putDag('bad', CHAIN)
    const runs: string[] = []
    for (const { dag } of [good, bad, good]) {
      const runId = await startRun(dag)
      await ended(runId)
      runs.unshift(runId)
      await scheduler.wait(2)
    }
    const index = stubOf(testEnv, 'index', SINGLETON)
    const list = await eventually(async () => {
      const found = await index.runs({ limit: 10 })
      return found.runs.length === 3 && found.runs.every(line => line.finishedAt !== null) ? found : null
    })
    expect(list.runs.map(line => line.runId)).toEqual(runs)
    expect((await index.runs({ limit: 10, status: ['failed'] })).runs.map(line => line.dagName)).toEqual(['bad'])
    expect((await index.runs({ limit: 10, name: 'good', labels: ['Team'] })).runs).toHaveLength(2)
    const first = await index.runs({ limit: 2 })
    const second = await index.runs({
      limit: 2,
      ...(first.nextCursor === undefined ? {} : { cursor: first.nextCursor }),
    })
    expect([...first.runs, ...second.runs].map(line => line.runId)).toEqual(runs)
    const dags = await index.dags({ page: 1, perPage: 10 })
    expect(dags.items.map(item => [item.fileName, item.latest?.status])).toEqual([
      ['bad', 'failed'],
      ['good', 'succeeded'],
    ])
  })
})
