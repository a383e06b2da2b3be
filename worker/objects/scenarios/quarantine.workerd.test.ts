/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'

const TWO = 'steps:\n  - {name: a, command: x}\n  - {name: b, command: x}\n'
const runObject = (runId: string) => objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL)))
const alerts = async () => (await stubOf(testEnv, 'alerts', SINGLETON).list({ active: true, limit: 10 })).alerts

afterEach(() => reset())

describe('a run that fails at everything', () => {
  it('is left alone after five failures, shown and alerted, and goes on when it is repaired', async () => {
    let letGo = (): void => {}
    const host = await connectAgent(step => (step === 'a' ? new Promise(resolve => (letGo = () => resolve({}))) : {}))
    const { dag } = await putDag('poisoned', TWO)
    const runId = await startRun(dag)
    await eventually(async () => (await run(runId).summary(runId))?.status === 'running')
    // Every row that the run would write is refused.
    const poison = (sql: string) =>
      runInDurableObject(runObject(runId) as never, (_, state) => void state.storage.sql.exec(sql))
    await poison("CREATE TRIGGER poison BEFORE INSERT ON journal BEGIN SELECT raise(ABORT, 'poison'); END")
    for (let i = 0; i < 5; i++)
      await run(runId)
        .stop(runId, { by: 'me' })
        .catch(() => {})
    expect(await run(runId).summary(runId)).toMatchObject({
      quarantined: true,
      reason: expect.stringContaining('quarantined after 5 failures'),
    })
    expect(await run(runId).details(runId)).toMatchObject({ quarantined: { error: expect.stringContaining('poison') } })
    await eventually(async () => (await alerts()).some(alert => alert.kind === 'quarantined' && alert.runId === runId))
    expect(await dag.run(runId)).toMatchObject({ status: 'running', quarantined: true })
    // Neither alarms nor the host's words are taken now, also after a crash.
    await abortAllDurableObjects()
    await eventually(() =>
      runDurableObjectAlarm(runObject(runId)).then(
        () => true,
        () => false,
      ),
    )
    expect(await run(runId).poke(runId)).toBe('active')
    await poison('DROP TRIGGER poison')
    await host.agent.connect()
    expect(await run(runId).repair(runId)).toMatchObject({ ok: true })
    expect(await run(runId).repair(runId)).toMatchObject({ ok: true })
    await eventually(() => {
      letGo()
      return host.agent.runs.size === 0
    })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 2 })
    expect((await run(runId).summary(runId))?.quarantined).toBeUndefined()
    await eventually(async () => (await alerts()).length === 0)
  })
})
