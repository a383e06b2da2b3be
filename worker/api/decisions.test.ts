import { err } from '@edgedag/core/result'
import { describe, expect, it } from 'vitest'
import { fakeDetails } from './testing/fake-details.ts'
import { createWorld } from './testing/world.ts'

type Json = Record<string, unknown>
const bodyOf = async (answer: Response) => (await answer.json()) as Json

/** A world with a run `r1` of the DAG hello. */
async function withRun() {
  const world = await createWorld()
  const dag = await world.addDag('hello')
  await world.ask('POST', 'dags/hello/start', { body: { dagRunId: 'r1', params: 'WHO=kim' } })
  return { ...world, dag }
}

describe('deciding about a step', () => {
  it('hands over who, what, and what the page knew', async () => {
    const { ask, runs } = await withRun()
    const body = { inputs: { TICKET: 12, SURE: true }, approvalIteration: 1 }
    const answer = await ask('POST', 'dag-runs/hello/r1/steps/gate/approve', { role: 'operator', body })
    expect(await bodyOf(answer)).toEqual({ dagRunId: 'r1', stepName: 'gate', resumed: true })
    expect(await bodyOf(await ask('POST', 'dag-runs/hello/r1/steps/gate/push-back', { body: {} }))).toEqual({
      dagRunId: 'r1',
      stepName: 'gate',
      approvalIteration: 2,
      resumed: true,
    })
    expect(
      await bodyOf(await ask('POST', 'dag-runs/hello/r1/steps/gate/reject', { body: { reason: ' no ' } })),
    ).toEqual({ dagRunId: 'r1', stepName: 'gate' })
    expect(runs.decisions).toMatchObject([
      {
        by: 'operator-key',
        step: 'gate',
        iteration: 1,
        decision: { decision: 'approve', inputs: { TICKET: '12', SURE: 'true' } },
      },
      { decision: { decision: 'push_back', inputs: {} } },
      { decision: { decision: 'reject', reason: 'no' } },
    ])
  })

  it('is refused to viewers, for unknown runs, and with inputs that are no values', async () => {
    const { ask, runs } = await withRun()
    const path = 'dag-runs/hello/r1/steps/gate/approve'
    expect((await ask('POST', path, { role: 'viewer', body: {} })).status).toBe(403)
    expect((await ask('POST', 'dag-runs/hello/nope/steps/gate/approve', { body: {} })).status).toBe(404)
    expect((await ask('POST', path, { body: { inputs: { A: { b: 1 } } } })).status).toBe(400)
    expect((await ask('POST', path, { body: { inputs: 'A=1' } })).status).toBe(400)
    expect(runs.decisions).toEqual([])
  })

  it('second is 409 with who was first, and when', async () => {
    const { ask, runs } = await withRun()
    const decided = { decision: 'approve' as const, by: 'kim', at: '2026-01-02T03:04:05Z' }
    runs.decided = err({ code: 'conflict', message: 'step gate was approved by kim', decided })
    const answer = await ask('POST', 'dag-runs/hello/r1/steps/gate/reject', { body: {} })
    expect(answer.status).toBe(409)
    expect(await bodyOf(answer)).toMatchObject({ code: 'conflict', decided })
  })
})

describe('a new run of a former one', () => {
  it('reschedules with what the former run had', async () => {
    const { ask, dag } = await withRun()
    const answer = await ask('POST', 'dag-runs/hello/r1/reschedule', { role: 'operator', body: { dagRunId: 'r2' } })
    expect(await bodyOf(answer)).toEqual({ dagRunId: 'r2', queued: true })
    expect(dag.requests.at(-1)).toMatchObject({
      trigger: 'retry',
      mode: 'enqueue',
      runId: 'r2',
      by: 'operator-key',
      again: { runId: 'r1' },
    })
    expect((await ask('POST', 'dag-runs/hello/r1/reschedule', { body: { dagRunId: 'r2' } })).status).toBe(409)
  })

  const spec = 'steps:\n  - {name: a, command: x}\n  - {name: b, command: y, depends: a}\n'.replace(
    'steps',
    'type: graph\nsteps',
  )

  it('previews an edited text: problems are told, not refused', async () => {
    const { ask, runs } = await withRun()
    runs.plan = { skipped: ['a'], optional: [], ineligible: [{ stepName: 'b', reason: 'it failed' }] }
    const good = await bodyOf(
      await ask('POST', 'dag-runs/hello/r1/edit-retry/preview', { role: 'viewer', body: { spec } }),
    )
    expect(good).toMatchObject({
      skippedSteps: ['a'],
      runnableSteps: ['b'],
      ineligibleSteps: [{ stepName: 'b' }],
      errors: [],
    })
    const bad = await ask('POST', 'dag-runs/hello/r1/edit-retry/preview', { body: { spec: 'steps: 3' } })
    expect([bad.status, ((await bodyOf(bad)).errors as string[]).length]).toEqual([200, 1])
  })

  it('takes over what may be left out, and refuses what may not', async () => {
    const { ask, dag, runs } = await withRun()
    runs.plan = { skipped: ['a'], optional: [], ineligible: [{ stepName: 'b', reason: 'it failed' }] }
    const path = 'dag-runs/hello/r1/edit-retry'
    expect((await ask('POST', path, { role: 'operator', body: { spec } })).status).toBe(403)
    const refused = await ask('POST', path, { body: { spec, skipSteps: ['b'] } })
    expect([refused.status, (await bodyOf(refused)).message]).toEqual([400, 'step b cannot be skipped: it failed'])
    expect(await bodyOf(await ask('POST', path, { role: 'developer', body: { spec } }))).toMatchObject({
      queued: true,
      skippedSteps: ['a'],
      startedSteps: ['b'],
    })
    expect(dag.requests.at(-1)).toMatchObject({ spec, again: { runId: 'r1' }, imports: ['a'], trigger: 'retry' })
  })
})

describe('a dry run', () => {
  it('shows parameters and commands with their values, and starts nothing', async () => {
    const { ask, dag } = await withRun()
    const spec =
      'params: [WHO: you]\nsecrets: [{name: T, provider: env, key: T}]\nsteps: [{name: a, command: "echo $WHO $T"}]\n'
    const before = dag.requests.length
    const answer = await ask('POST', 'dags/hello/dry-run', { role: 'viewer', body: { spec, params: 'WHO=kim' } })
    expect(await bodyOf(answer)).toMatchObject({
      params: [{ name: 'WHO', value: 'kim' }],
      steps: [{ name: 'a', text: ['echo kim *******'] }],
    })
    expect(dag.requests).toHaveLength(before)
    expect((await ask('POST', 'dags/hello/dry-run', { body: { spec, params: 'NOPE=1' } })).status).toBe(400)
    expect((await ask('POST', 'dags/nope/dry-run', { body: {} })).status).toBe(404)
  })
})

describe('stopping a failed run', () => {
  it('turns off the retry that it would get by itself, and is refused where none is due', async () => {
    const { ask, dag, runs } = await withRun()
    const failed = dag.run('r1')
    if (failed) Object.assign(failed, { status: 'failed' })
    runs.known.set('r1', fakeDetails({}))
    expect((await ask('POST', 'dag-runs/hello/r1/stop', { body: {} })).status).toBe(400)
    dag.autoRetries.add('r1')
    expect((await ask('POST', 'dag-runs/hello/r1/stop', { body: {} })).status).toBe(200)
    expect(dag.cancelled).toEqual([{ runId: 'r1', by: 'admin-key' }])
  })

  it('retries one step, or a step with all behind it', async () => {
    const { ask, dag } = await withRun()
    await ask('POST', 'dag-runs/hello/r1/retry', { body: { stepName: 'a' } })
    await ask('POST', 'dag-runs/hello/r1/retry', { body: { fromStep: 'a' } })
    expect(dag.retries).toMatchObject([{ step: 'a' }, { step: 'a', onward: true }])
  })
})
