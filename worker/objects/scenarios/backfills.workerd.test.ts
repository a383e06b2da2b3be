/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, putDag, testEnv } from '../../testing/installation.ts'
import type { Backfill, BackfillRequest } from '../contracts.ts'

const SPEC = `
schedule: "0 */6 * * *"
params: [DAY=none]
steps:
  - name: a
    command: echo a
`
const RANGE: BackfillRequest = { from: '2026-01-01', to: '2026-01-02', concurrency: 2 }
const at = (text: string): number => Date.parse(text)
const DUE = [1, 2].flatMap(day => ['00', '06', '12', '18'].map(hour => at(`2026-01-0${day}T${hour}:00:00Z`)))

const dagOf = (dagId: string) => stubOf(testEnv, 'dag', dagId)
const timesOf = async (dagId: string): Promise<(number | null)[]> =>
  (await dagOf(dagId).runs({ limit: 100 })).map(line => line.scheduleTime).reverse()

async function begin(dagId: string, request: BackfillRequest = RANGE): Promise<Backfill> {
  const started = await dagOf(dagId).startBackfill(request)
  if (!started.ok) throw new Error(started.error.message)
  return started.value
}

/** Open runs of the backfill end, one after another, until none is open. */
async function endOne(dagId: string, status: 'succeeded' | 'failed' = 'succeeded'): Promise<boolean> {
  const line = (await dagOf(dagId).activeRuns())[0]
  if (line === undefined) return false
  await dagOf(dagId).runChanged({ ...line, status, finishedAt: Date.now(), rev: 1_000 })
  return true
}

afterEach(reset)

describe('a backfill', () => {
  it('is previewed without a trace', async () => {
    const { dag, dagId } = await putDag('previewed', SPEC)
    expect(await dag.previewBackfill(RANGE)).toMatchObject({
      ok: true,
      value: { total: 8, existing: 0, first: DUE, last: DUE.at(-1), zone: 'UTC' },
    })
    expect([await timesOf(dagId), await dag.backfills()]).toEqual([[], []])
  })

  it('runs each due time once, oldest first, never more at once than it may, whatever crashes', async () => {
    const { dagId } = await putDag('filled', SPEC)
    await begin(dagId)
    for (let i = 0; ; i++) {
      const open = await dagOf(dagId).activeRuns()
      expect(open.length).toBeLessThanOrEqual(2)
      if (!(await endOne(dagId))) break
      if (i % 3 !== 1) continue
      await abortAllDurableObjects()
      await eventually(() =>
        dagOf(dagId)
          .sweep()
          .then(
            () => true,
            () => false,
          ),
      )
    }
    expect(await timesOf(dagId)).toEqual(DUE)
    expect((await dagOf(dagId).backfills())[0]).toMatchObject({
      state: 'done',
      total: 8,
      served: 8,
      existing: 0,
      runs: { succeeded: 8 },
    })
  })

  it('of the same range again makes nothing twice, and fills what is missing', async () => {
    const { dagId } = await putDag('again', SPEC)
    const first = await begin(dagId)
    expect((await begin(dagId)).id).toBe(first.id)
    while (await endOne(dagId));
    const gone = (await dagOf(dagId).runs({ limit: 100 }))[3]!
    await dagOf(dagId).removeRun(gone.runId)
    const second = await begin(dagId)
    expect(second.id).toBe(first.id)
    while (await endOne(dagId));
    expect((await dagOf(dagId).backfills())[0]).toMatchObject({ state: 'done', served: 8, existing: 7 })
    expect((await timesOf(dagId)).sort()).toEqual([...DUE].sort())
  })

  it('that is paused makes no more runs until it goes on; a cancelled one never again', async () => {
    const { dagId } = await putDag('paused', SPEC)
    const { id } = await begin(dagId)
    await dagOf(dagId).steerBackfill(id, 'pause')
    while (await endOne(dagId));
    expect(await timesOf(dagId)).toHaveLength(2)
    await dagOf(dagId).steerBackfill(id, 'resume')
    expect(await timesOf(dagId)).toHaveLength(4)
    expect(await dagOf(dagId).steerBackfill(id, 'cancel')).toMatchObject({ ok: true, value: { state: 'cancelled' } })
    while (await endOne(dagId));
    expect(await timesOf(dagId)).toHaveLength(4)
    expect(await dagOf(dagId).steerBackfill(id, 'resume')).toMatchObject({ ok: false })
  })

  it('holds up when asked to at the first failure, and when its parameters do not fit', async () => {
    const { dagId } = await putDag('careful', SPEC)
    await begin(dagId, { ...RANGE, pauseOnFailure: true })
    await endOne(dagId, 'failed')
    expect((await dagOf(dagId).backfills())[0]).toMatchObject({ state: 'paused', reason: 'a run has failed' })
    expect(await timesOf(dagId)).toHaveLength(2)
    const wrong = await begin(dagId, { from: '2026-02-01', concurrency: 1, to: '2026-02-02', params: { NOBODY: 1 } })
    const seen = await eventually(async () =>
      (await dagOf(dagId).backfills()).find(job => job.id === wrong.id && job.state === 'paused'),
    )
    expect(seen.reason).toContain('NOBODY')
  })

  it('does not hold up the schedule, nor is held up by a suspension', async () => {
    await connectAgent(() => new Promise(() => {}))
    const { dag, dagId } = await putDag('beside', SPEC)
    await dag.suspend(true)
    await begin(dagId)
    expect(await timesOf(dagId)).toHaveLength(2)
    const started = await dag.start({ trigger: 'manual', mode: 'enqueue' })
    expect(started).toMatchObject({ ok: true, value: { queued: false } })
  })

  it.each([
    [{ from: '2026-13-01' }, 'neither a day'],
    [{ from: '2999-01-01' }, 'future'],
    [{ from: '2026-01-02', to: '2026-01-01' }, 'before'],
    [{ from: '2020-01-01' }, '5000'],
    [{ from: '2026-01-01T01:00:00Z', to: '2026-01-01T02:00:00Z' }, 'no due time'],
  ])('of %j is refused in words', async (range, words) => {
    const { dag } = await putDag('refused', SPEC)
    const refused = await dag.startBackfill({ concurrency: 1, ...range })
    expect(refused).toMatchObject({ ok: false, error: { code: 'bad_request' } })
    expect(refused.ok ? '' : refused.error.message).toContain(words)
  })
})
