/// <reference types="@cloudflare/vitest-plugin/types" />
import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import { afterEach, describe, expect, it } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, crash, directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { runObjectName } from '../names.ts'

const GATED = `
steps:
  - name: build
    command: echo a
  - name: review
    command: echo b
    approval: {input: [TICKET]}
  - name: ship
    command: echo c
`

const isWaiting = (runId: string) => eventually(async () => (await run(runId).summary(runId))?.status === 'waiting')
const approve = (runId: string, by: string) =>
  run(runId).decide(runId, { by, step: 'review', decision: { decision: 'approve', inputs: { TICKET: by } } })

afterEach(reset)

describe('a run that waits for an approval', () => {
  it('takes the place that it waits for also from a Dag that has forgotten that it has begun', async () => {
    await connectAgent()
    const { dag, dagId } = await putDag('begun', GATED)
    const queue = stubOf(testEnv, 'queue', 'resumed')
    const runId = await startRun(dag, 'enqueue', 'resumed')
    await isWaiting(runId)
    await queue.setPaused(true)
    await approve(runId, 'kim')
    await eventually(async () => (await queue.describe()).queuedCount === 1)
    expect(await run(runId).summary(runId)).toMatchObject({ reason: 'waits for its place in queue resumed' })
    const spec = { runId, dagId, slot: { queue: 'resumed', hold: 1_000 } } as RunSpec
    expect(await run(runId).create({ spec, dagJson: '' })).toMatchObject({ ok: true })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    // What it has asked for meanwhile is nobody's.
    await queue.setPaused(false)
    await eventually(async () => {
      const { running, queuedCount } = await queue.describe()
      return running.length + queuedCount === 0
    })
  })

  it('has no alarm of its own, survives a crash, and goes on with what was given', async () => {
    const { agent } = await connectAgent()
    const { dag } = await putDag('gated', GATED)
    const runId = await startRun(dag)
    await isWaiting(runId)
    const object = objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL)))
    const alarm = () =>
      runInDurableObject(object as never, (_: unknown, state: DurableObjectState) => state.storage.getAlarm())
    // The last one sees that what was owed has been delivered.
    await eventually(async () => {
      await runDurableObjectAlarm(object as never)
      return (await alarm()) === null
    })
    await crash()
    await agent.connect()
    expect(await approve(runId, 'kim')).toEqual({ ok: true, value: { step: 'review', resumed: true, iteration: 0 } })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    const contexts = agent.frames.flatMap(frame => (frame.type === 'run' && frame.context ? [frame.context] : []))
    expect(contexts.at(-1)?.results.review?.inputs).toEqual({ TICKET: 'kim' })
  })

  it('takes the first of two decisions, and tells the second who it was', async () => {
    await connectAgent()
    const { dag } = await putDag('two', GATED)
    const runId = await startRun(dag)
    await isWaiting(runId)
    const answers = await Promise.all(['kim', 'lee', 'mia'].map(by => approve(runId, by)))
    const won = answers.filter(answer => answer.ok)
    expect(won).toHaveLength(1)
    const winner = ['kim', 'lee', 'mia'][answers.findIndex(answer => answer.ok)]
    for (const answer of answers)
      if (!answer.ok)
        expect(answer.error).toMatchObject({ code: 'conflict', decided: { decision: 'approve', by: winner } })
    await ended(runId)
    const details = await run(runId).details(runId)
    expect(details?.nodes).toMatchObject([{}, { approvedBy: winner, approvalInputs: { ticket: winner } }, {}])
  })

  it('leaves its place in the queue to others, and gets one again before those who have not begun', async () => {
    await directory().setQueue('narrow', 1)
    const release: (() => void)[] = []
    await connectAgent(step => (step === 'slow' ? new Promise(resolve => release.push(() => resolve({}))) : {}))
    const { dag } = await putDag('gated', GATED)
    const { dag: other } = await putDag('other', 'steps:\n  - name: slow\n    command: x\n')
    const runId = await startRun(dag, 'enqueue', 'narrow')
    await isWaiting(runId)
    const second = await startRun(other, 'enqueue', 'narrow')
    await eventually(() => release.length === 1)
    const third = await startRun(other, 'enqueue', 'narrow')
    expect(await approve(runId, 'kim')).toMatchObject({ ok: true })
    expect(await run(runId).summary(runId)).toMatchObject({
      status: 'queued',
      reason: 'waits for its place in queue narrow',
    })
    release[0]!()
    await ended(second)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    await eventually(() => release.length === 2)
    release[1]!()
    await ended(third)
  })

  it('needs its place in the own queue again as well: before those who have not begun, and not to be dequeued', async () => {
    const release: (() => void)[] = []
    const { agent } = await connectAgent(step =>
      step === 'ship' ? new Promise(resolve => release.push(() => resolve({}))) : {},
    )
    const { dagId, dag: before } = await putDag('gated-own', GATED)
    let dag = before
    const [first, second, third] = [
      await startRun(dag, 'enqueue'),
      await startRun(dag, 'enqueue'),
      await startRun(dag, 'enqueue'),
    ]
    for (const runId of [first, second, third]) await isWaiting(runId)
    await approve(first, 'kim')
    await eventually(() => release.length === 1)
    await approve(second, 'kim')
    await approve(third, 'kim')
    const fourth = await startRun(dag, 'enqueue')
    await eventually(async () => (await dag.queueDescription()).queuedCount === 3)
    expect((await dag.queueItems({ from: 0, limit: 5 })).map(item => item.runId)).toEqual([third, second, fourth])
    expect(await dag.run(second)).toMatchObject({ status: 'queued', place: { position: 2, total: 3 } })
    expect(await dag.dequeue(second)).toMatchObject({ error: { message: expect.stringContaining('stop it instead') } })
    expect(await dag.dequeueAll([second, fourth])).toEqual([fourth])
    // The Dag has it from its rows as well.
    await crash()
    dag = stubOf(testEnv, 'dag', dagId)
    const afterCrash = <T>(ask: () => Promise<T>, isFine: (answer: T) => boolean) =>
      eventually(() => ask().then(isFine, () => false))
    await afterCrash(
      () => agent.connect(),
      () => true,
    )
    await afterCrash(
      () => dag.queueDescription(),
      ({ queuedCount }) => queuedCount === 2,
    )
    expect(release).toHaveLength(1)
    release[0]!()
    await ended(first)
    await eventually(() => release.length === 2)
    expect((await dag.queueDescription()).running).toMatchObject([{ runId: third }])
    release[1]!()
    await ended(third)
    await eventually(() => release.length === 3)
    // A retry goes through the queue too.
    expect(await dag.retry(first, { by: 'kim', step: 'ship' })).toMatchObject({ ok: true })
    expect(await dag.retry(third, { by: 'kim', step: 'nobody' })).toMatchObject({ error: { code: 'not_found' } })
    expect(await dag.run(first)).toMatchObject({ status: 'queued', place: { position: 1 } })
    release[2]!()
    await ended(second)
    await eventually(() => release.length === 4)
    release[3]!()
    expect(await ended(first)).toMatchObject({ status: 'succeeded' })
  })
})
