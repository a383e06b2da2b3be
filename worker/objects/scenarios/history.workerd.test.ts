/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { logSegmentKey } from '../../store/keys.ts'
import { readPackIndex } from '../../store/pack.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'

const ONE = 'steps:\n  - name: a\n    command: echo a\n'
const DAY_MS = 86_400_000

const runObject = (runId: string) => objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL)))
const blobKeys = async (prefix = '') => (await testEnv.BLOBS.list({ prefix })).objects.map(object => object.key)

function passTime(ms: number): void {
  const realNow = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + ms)
}

type Host = Awaited<ReturnType<typeof connectAgent>>

/** What the host was told to forget, without repeats. */
const forgotten = ({ agent }: Host): string[] => [
  ...new Set(agent.frames.flatMap(frame => (frame.type === 'forget' ? frame.runIds : []))),
]

async function finishedRuns(host: Host, dag: Awaited<ReturnType<typeof putDag>>['dag'], n: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < n; i++) {
    ids.push(await startRun(dag))
    await ended(ids[i]!)
  }
  await eventually(async () => (await dag.activeRuns()).length === 0)
  expect(host.agent.runs.size).toBe(0)
  return ids
}

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('retention', () => {
  it('deletes what is too old by the DAG’s own alarm, everywhere, and leaves what runs', async () => {
    const host = await connectAgent()
    const { dag, dagId } = await putDag('aged', `hist_retention_days: 2\nartifacts: {enabled: true}\n${ONE}`)
    const [old] = (await finishedRuns(host, dag, 1)) as [string]
    // What was put and never reported has no other trace than its name.
    const orphan = logSegmentKey({ runId: old, step: 'a', attempt: 1, stream: 'stdout', seq: 0 })
    await testEnv.BLOBS.put(orphan, 'text')
    passTime(2 * DAY_MS + 60_000)
    await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    expect(await dag.run(old)).toBeNull()
    await eventually(async () => (await run(old).details(old)) === null)
    await eventually(() => forgotten(host).includes(old))
    expect(await blobKeys(orphan)).toEqual([])
    await eventually(async () => {
      const { runs } = await stubOf(testEnv, 'index', SINGLETON).runs({ limit: 10, runId: old })
      return runs.length === 0
    })
    expect(await dag.start({ trigger: 'manual', mode: 'start', runId: old })).toMatchObject({ ok: true })
  })

  it.each([
    ['hist_retention_runs: 2', 2],
    ['hist_retention_days: 0', 1],
    ['hist_retention_days: -1', 4],
  ])('with %s keeps %i of four runs', async (line, kept) => {
    const host = await connectAgent()
    const { dag } = await putDag('counted', `${line}\n${ONE}`)
    const ids = await finishedRuns(host, dag, 4)
    passTime(900 * DAY_MS)
    await dag.sweep()
    expect((await dag.runs({ limit: 10 })).map(each => each.runId).reverse()).toEqual(ids.slice(4 - kept))
  })
})

describe('a deletion', () => {
  it('that is killed again and again completes: no row, no blob, and the host has heard', async () => {
    const host = await connectAgent(() => ({ stdout: 'x'.repeat(2_000) }))
    const { dag, dagId } = await putDag('killed', ONE)
    const ids = await finishedRuns(host, dag, 6)
    await eventually(async () => {
      passTime(6_000)
      for (const runId of ids) await runDurableObjectAlarm(runObject(runId)).catch(() => {})
      return (await blobKeys('packs/')).length > 0
    })
    host.agent.cut()
    for (const runId of ids) {
      // Killed in the midst of it, wherever it is then.
      const removal = stubOf(testEnv, 'dag', dagId).removeRun(runId)
      await scheduler.wait(Number.parseInt(runId.slice(-1), 16))
      await abortAllDurableObjects()
      await removal.catch(() => {})
    }
    const again = stubOf(testEnv, 'dag', dagId)
    for (const runId of ids)
      await eventually(() =>
        again.removeRun(runId).then(
          answer => answer.ok || answer.error.code === 'not_found',
          () => false,
        ),
      )
    await eventually(async () => {
      await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId)).catch(() => {})
      return (await blobKeys()).length === 0
    })
    for (const runId of ids) expect(await run(runId).poke(runId)).toBe('unknown')
    await host.agent.connect()
    await eventually(() => ids.every(runId => forgotten(host).includes(runId)))
    // It has answered: another hello brings no more of it.
    await eventually(async () => {
      host.agent.frames.length = 0
      host.agent.cut()
      await host.agent.connect()
      await host.agent.received(frame => frame.type === 'welcome')
      await scheduler.wait(50)
      return forgotten(host).length === 0
    })
  })

  it('refuses what runs, and lists beforehand what a clean-up would take', async () => {
    const host = await connectAgent()
    const { dag } = await putDag('tidy', ONE)
    const ids = await finishedRuns(host, dag, 3)
    const before = Date.now() + 1_000
    expect(await dag.cleanUp({ before, dryRun: true })).toEqual({ runIds: ids, count: 3 })
    expect(await dag.runs({ limit: 10 })).toHaveLength(3)
    expect(await dag.cleanUp({ before, dryRun: false })).toMatchObject({ count: 3 })
    expect(await dag.runs({ limit: 10 })).toEqual([])
    await eventually(async () => (await run(ids[0]!).poke(ids[0]!)) === 'unknown')
  })
  it('frees the bytes of its runs in a pack that others share, and leaves those as they were', async () => {
    const noise = () => Array.from(crypto.getRandomValues(new Uint8Array(6_000)), byte => byte.toString(16)).join('')
    const host = await connectAgent(() => ({ stdout: `${noise()}\n` }))
    const { dag } = await putDag('shared-pack', ONE)
    const ids = await finishedRuns(host, dag, 24)
    passTime(6_000)
    // Runs share an object, and with it a pack, by their ids.
    const groups = Map.groupBy(ids, id => runObjectName(id, Number(testEnv.RUN_POOL)))
    const together = [...groups.values()].sort((a, b) => b.length - a.length)[0]!
    /** The pack that has a run: objects of earlier tests live on in memory, and may pack as well. */
    const packOf = async (runId: string) => {
      for (const { key } of (await testEnv.BLOBS.list({ prefix: 'packs/' })).objects) {
        const bytes = new Uint8Array((await (await testEnv.BLOBS.get(key))?.arrayBuffer()) ?? [])
        if (readPackIndex(bytes)?.some(entry => entry.runId === runId)) return { key, size: bytes.byteLength }
      }
      return null
    }
    const before = await eventually(async () => {
      await runDurableObjectAlarm(runObject(together[0]!))
      return packOf(together[0]!)
    })
    const [kept, ...others] = together as [string, ...string[]]
    const log = await run(kept).stepLog(kept, 'a', 'stdout')
    const events = await run(kept).events(kept)
    for (const runId of others) expect(await dag.removeRun(runId)).toMatchObject({ ok: true })
    const after = await eventually(async () => {
      const now = await packOf(kept)
      return now !== null && now.size < before.size / 2 ? now : null
    })
    await eventually(async () => (await testEnv.BLOBS.head(before.key)) === null)
    expect(after.key).not.toBe(before.key)
    expect(await run(kept).stepLog(kept, 'a', 'stdout')).toEqual(log)
    expect(await run(kept).events(kept)).toEqual(events)
    expect(await dag.retry(kept, { by: 'me' })).toMatchObject({ ok: true })
    expect(await ended(kept)).toMatchObject({ status: 'succeeded' })
  })
})
