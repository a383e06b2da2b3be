/// <reference types="@cloudflare/vitest-plugin/types" />
import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Counters, counters, countersByKind, counting, resetCounters } from '../../host/counters.ts'
import { objectOf } from '../../host/workerd-env.ts'
import { eventually, type FakeAgent } from '../../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, startRun, testEnv } from '../../testing/installation.ts'
import { runObjectName } from '../names.ts'

const steps = (n: number): string =>
  `steps:\n${Array.from({ length: n }, (_, i) => `  - name: s${i}\n    command: echo ${i}\n`).join('')}`

afterEach(async () => {
  testEnv.RUN_POOL = '4'
  testEnv.EARLY_WAKE_MS = '0'
  vi.restoreAllMocks()
  await reset()
})

/** Nothing has been counted for a while: the background work is done. Asks no object, so that it costs nothing. */
async function quiet(): Promise<void> {
  for (let last = '', same = 0; same < 40; ) {
    await scheduler.wait(10)
    const now = JSON.stringify(counters)
    same = now === last ? same + 1 : 0
    last = now
  }
}

const finished = (agent: FakeAgent, runId: string) =>
  agent.received(frame => frame.type === 'run' && frame.runId === runId && frame.end === 'finished')

async function firePack(runId: string): Promise<void> {
  const realNow = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 6_000)
  await runDurableObjectAlarm(objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL))))
  await quiet()
}

function show(title: string): Counters {
  console.log(title, JSON.stringify(counters))
  for (const [kind, counted] of Object.entries(countersByKind))
    console.log(`  ${kind.padEnd(10)}`, JSON.stringify(counted))
  return { ...counters }
}

counting.commits = true

describe('what a run costs', () => {
  it('ten steps with 200 KB of logs, one object per run: at most 40 rows, 25 requests and alarms, one R2 put', async () => {
    testEnv.RUN_POOL = '0'
    const { agent } = await connectAgent(async () => {
      await scheduler.wait(300)
      return { stdout: `${'x'.repeat(79)}\n`.repeat(256) }
    })
    const { dag } = await putDag('ten', steps(10))
    await finished(agent, await startRun(dag))
    await scheduler.wait(5_500)
    await quiet()
    resetCounters()
    const runId = await startRun(dag)
    await finished(agent, runId)
    await quiet()
    await firePack(runId)
    const total = show('ten steps')
    expect(total.rows).toBeLessThanOrEqual(40)
    expect(total.requests + total.messages / 20).toBeLessThanOrEqual(25)
    expect(total.classA).toBe(1)
  })

  /** Costs of single runs one after another: the least, since alarms with the batches of earlier runs fall into the others. */
  async function singleRun(mode: 'start' | 'enqueue', queue?: string): Promise<{ total: number; first: number }> {
    let first = 0
    const { agent } = await connectAgent(() => {
      first = counters.commits
      return {}
    })
    const { dag } = await putDag('single', steps(1))
    for (let i = 0; i < 8; i++) await finished(agent, await startRun(dag, mode, queue))
    const seen: { total: number; first: number }[] = []
    for (let i = 0; i < 5; i++) {
      await quiet()
      resetCounters()
      await finished(agent, await startRun(dag, mode, queue))
      await quiet()
      seen.push({ total: show(`one step, ${mode}`).commits, first })
    }
    return seen.sort((a, b) => a.total - b.total)[0]!
  }

  it('one started step in a pool: at most 8 commits, 3 of them before the first byte', async () => {
    const { total, first } = await singleRun('start')
    expect(first).toBeLessThanOrEqual(3)
    expect(total).toBeLessThanOrEqual(8)
  })

  it('one queued step in a pool: at most 8 commits, 4 of them before the first byte', async () => {
    await directory().setQueue('wide', 2)
    const { total, first } = await singleRun('enqueue', 'wide')
    expect(first).toBeLessThanOrEqual(4)
    expect(total).toBeLessThanOrEqual(8)
  })

  it('a due run in a pool: 2 commits of 4 rows before the first byte, and no alarm is set before it', async () => {
    testEnv.EARLY_WAKE_MS = '7000'
    const realNow = Date.now.bind(Date)
    const due = Math.ceil(realNow() / 3_600_000) * 3_600_000
    // The hour before it is jumped over, before anybody notes a time.
    let shift = due - 7_000 - realNow()
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + shift)
    let first: typeof countersByKind = {}
    const { agent } = await connectAgent(() => {
      first = structuredClone(countersByKind)
      return {}
    })
    const { dag, dagId } = await putDag('due', `schedule: "0 * * * *"\n${steps(1)}`)
    // Somebody has to have fed the Index before.
    await finished(agent, await startRun(dag))
    const at = async (moment: number) => {
      shift = moment - realNow()
      await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    }
    await at(due - 2_000)
    await quiet()
    resetCounters()
    await at(due + 5)
    await eventually(async () => (await dag.runs({ limit: 5 })).some(run => run.scheduleTime === due && run.finishedAt))
    await quiet()
    const total = show('a due run')
    // The run with its due time, and the run's first line: an alarm would be a row, and an fsync of its own.
    expect(first.dag).toMatchObject({ commits: 1, rows: 3 })
    expect(first.run).toMatchObject({ commits: 1, rows: 1 })
    expect(total.rows).toBeLessThanOrEqual(11)
    expect(total.commits).toBeLessThanOrEqual(7)
  }, 20_000)

  it('a called run costs no more rows and commits than a run on its own', async () => {
    const { agent } = await connectAgent()
    const { dag: kid } = await putDag('kid', steps(1))
    const items = JSON.stringify(Array.from({ length: 20 }, (_, i) => `n${i}`))
    const { dag: parent } = await putDag('parent', `steps:\n  - {name: go, call: kid, parallel: ${items}}\n`)
    await finished(agent, await startRun(kid))
    await ended(await startRun(parent))
    const costOf = async (work: () => Promise<unknown>) => {
      // The pack of what ran before must not fall into what is counted.
      await scheduler.wait(5_500)
      await quiet()
      resetCounters()
      await work()
      await quiet()
      return { rows: counters.rows / 20, commits: counters.commits / 20 }
    }
    const alone = await costOf(async () => {
      for (let i = 0; i < 20; i++) await finished(agent, await startRun(kid))
    })
    const called = await costOf(async () => ended(await startRun(parent)))
    console.log('a run on its own', JSON.stringify(alone), 'called', JSON.stringify(called))
    expect(called.rows).toBeLessThanOrEqual(alone.rows)
    expect(called.commits).toBeLessThanOrEqual(alone.commits)
  })

  it('two hundred queued runs at once share their commits', async () => {
    await directory().setQueue('ten', 10)
    const { agent } = await connectAgent()
    const { dag } = await putDag('many', steps(1))
    await finished(agent, await startRun(dag, 'enqueue', 'ten'))
    await quiet()
    resetCounters()
    const from = performance.now()
    const runs = await Promise.all(Array.from({ length: 200 }, () => startRun(dag, 'enqueue', 'ten')))
    await eventually(
      () => runs.every(runId => agent.frames.some(frame => frame.type === 'run' && frame.runId === runId && frame.end)),
      20_000,
    )
    console.log(`drained in ${Math.round(performance.now() - from)} ms`)
    await quiet()
    const total = show('200 queued runs')
    expect(total.commits / 200).toBeLessThanOrEqual(8)
  })

  it('ten steps at the edge: 6 commits, nothing written there, and no runner asked', async () => {
    testEnv.RUN_POOL = '1'
    const text = `steps:\n${Array.from({ length: 10 }, (_, i) => `  - {name: s${i}, type: noop}\n`).join('')}`
    const { dag } = await putDag('edge-ten', text)
    const runOnce = async () => {
      await quiet()
      resetCounters()
      const runId = await startRun(dag)
      await eventually(async () => (await dag.run(runId))?.status === 'succeeded')
      await quiet()
      return { ...show('ten steps at the edge'), byKind: structuredClone(countersByKind) }
    }
    for (let i = 0; i < 3; i++) await runOnce()
    const costs = []
    for (let i = 0; i < 5; i++) costs.push(await runOnce())
    const least = costs.sort((a, b) => a.commits - b.commits)[0]!
    expect(least.commits).toBeLessThanOrEqual(6)
    expect(least.byKind.edge).toMatchObject({ commits: 0, requests: 1 })
    expect([least.byKind.fleet?.requests ?? 0, least.byKind.runner?.requests ?? 0]).toEqual([0, 0])
  })
})
