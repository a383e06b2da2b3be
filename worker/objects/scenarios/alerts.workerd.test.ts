/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import type { AlertDraft } from '@edgedag/core/schedule/alerts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, directory, putDag, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'

const ONE = 'steps:\n  - name: a\n    command: echo a\n'
const MINUTE = 60_000
const alerts = () => stubOf(testEnv, 'alerts', SINGLETON)
const active = async () => (await alerts().list({ active: true, limit: 100 })).alerts

const draft = (key: string): AlertDraft => ({
  key,
  kind: 'slow',
  severity: 'warning',
  title: `${key} is slow`,
  detail: 'x',
})

const realNow = Date.now.bind(Date)
let passed = 0
function passTime(ms: number): void {
  passed += ms
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + passed)
}

/** As the minutely trigger does while the control plane is awake. */
async function sweepEachMinute(minutes: number): Promise<void> {
  for (let i = 0; i < minutes; i++) {
    passTime(MINUTE)
    await alerts().sweep()
  }
}

interface Posted {
  text: string
  events: { type: string; alert?: { key: string } }[]
}

/** A webhook that answers with these statuses in turn, the last one for ever. */
function webhook(...statuses: number[]): Posted[] {
  const posted: Posted[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    posted.push(JSON.parse(String(init?.body)))
    return new Response(null, { status: statuses[posted.length - 1] ?? statuses.at(-1)! })
  })
  return posted
}

afterEach(async () => {
  passed = 0
  vi.restoreAllMocks()
  await reset()
})

describe('alerts', () => {
  it('open once however often they are reported, and are over when their source is silent about them', async () => {
    await alerts().report('d1', [draft('a'), draft('b')])
    await alerts().report('d2', [draft('a')])
    await alerts().report('d1', [draft('b'), draft('a')])
    expect((await active()).map(({ key }) => key).sort()).toEqual(['a', 'a', 'b'])
    await alerts().report('d1', [draft('b')])
    await abortAllDurableObjects()
    const left = await eventually(() => active().catch(() => null))
    expect(left.map(({ key }) => key).sort()).toEqual(['a', 'b'])
    const all = (await alerts().list({ active: false, limit: 100 })).alerts
    expect(all.filter(({ resolvedAt }) => resolvedAt !== null).map(({ key }) => key)).toEqual(['a'])
  })

  it('that somebody has seen are listed and not counted', async () => {
    await alerts().report('d1', [draft('a'), draft('b')])
    const [first] = await active()
    expect(await alerts().dismiss(first!.id, 'me')).toBe(true)
    expect(await alerts().list({ active: true, limit: 100 })).toMatchObject({ active: 1, alerts: { length: 2 } })
    await alerts().report('d1', [draft('a'), draft('b')])
    expect((await alerts().list({ active: true, limit: 100 })).active).toBe(1)
  })

  it('are posted when they open and when they are over, again until they are taken', async () => {
    const posted = webhook(500, 200)
    await alerts().setWebhook('https://hooks.example.com/secret')
    await alerts().report('d1', [draft('a')])
    await eventually(() => posted.length === 1)
    await eventually(async () => (await alerts().settings()).lastDelivery?.ok === false)
    expect(await alerts().settings()).toMatchObject({ waiting: 1, lastDelivery: { detail: 'HTTP 500' } })
    passTime(2 * MINUTE)
    await runDurableObjectAlarm(objectOf(testEnv, 'alerts', SINGLETON))
    await eventually(async () => (await alerts().settings()).waiting === 0)
    await alerts().report('d1', [])
    await runDurableObjectAlarm(objectOf(testEnv, 'alerts', SINGLETON))
    await eventually(() => posted.length === 3)
    expect(posted.map(({ text, events }) => [text, events[0]?.type])).toEqual([
      ['a is slow: x', 'alert.opened'],
      ['a is slow: x', 'alert.opened'],
      ['Resolved: a is slow: x', 'alert.resolved'],
    ])
  })
})

describe('a Dag', () => {
  it('reports a due run that does not start, once, and takes it back when it is over', async () => {
    const { dag, dagId } = await putDag('due', `schedule: "0 * * * *"\n${ONE}`)
    passTime(Math.ceil((Date.now() + 1) / 3_600_000) * 3_600_000 + 20 - Date.now())
    await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    await eventually(async () => (await dag.activeRuns()).length === 1)
    passTime(4 * MINUTE)
    await dag.sweep()
    expect(await active()).toEqual([])
    passTime(2 * MINUTE)
    await dag.sweep()
    await dag.sweep()
    expect(await active()).toMatchObject([
      { kind: 'not_started', detail: 'no runner is connected', dagName: 'due', fileName: 'due' },
    ])
    await connectAgent()
    await eventually(async () => (await dag.activeRuns()).length === 0)
    await eventually(async () => (await active()).length === 0)
  })

  it('says of starts that were missed while the host slept that it slept, and asks every Dag at once', async () => {
    const { dag } = await putDag('slept', `schedule: "0 * * * *"\n${ONE}`)
    await directory().sweep()
    passTime(Math.ceil((Date.now() + 1) / 3_600_000) * 3_600_000 + 5 * MINUTE - Date.now())
    await directory().sweep()
    await eventually(async () => (await active()).length > 0)
    expect(await active()).toMatchObject([{ kind: 'missed', severity: 'info' }])
    expect((await dag.activeRuns()).length).toBe(0)
    expect((await alerts().list({ active: true, limit: 1 })).active).toBe(0)
  })

  it('that is gone has no alerts', async () => {
    const { dag, dagId } = await putDag('gone', `schedule: "0 * * * *"\n${ONE}`)
    passTime(Math.ceil((Date.now() + 1) / 3_600_000) * 3_600_000 + 20 - Date.now())
    await runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
    passTime(6 * MINUTE)
    await dag.sweep()
    await eventually(async () => (await active()).length === 1)
    await dag.remove()
    await eventually(async () => (await active()).length === 0)
  })
})

describe('a runner', () => {
  it('that is away for five minutes is told, and no more once it is back or revoked', async () => {
    const { agent, runnerId } = await connectAgent()
    await alerts().sweep()
    agent.cut()
    await eventually(async () => (await stubOf(testEnv, 'fleet', SINGLETON).runners()).length === 0)
    await alerts().sweep()
    await sweepEachMinute(4)
    expect(await active()).toEqual([])
    await sweepEachMinute(2)
    expect(await active()).toMatchObject([{ kind: 'runner_gone', title: 'The runner fake is gone', runnerId }])
    await agent.connect()
    await eventually(async () => (await stubOf(testEnv, 'fleet', SINGLETON).runners()).length === 1)
    await alerts().sweep()
    expect(await active()).toEqual([])
    agent.cut()
    await directory().revokeRunner(runnerId)
    await sweepEachMinute(9)
    expect(await active()).toEqual([])
  })

  it('that was away while the host slept is told after five minutes awake', async () => {
    const { agent } = await connectAgent()
    await alerts().sweep()
    agent.cut()
    await eventually(async () => (await stubOf(testEnv, 'fleet', SINGLETON).runners()).length === 0)
    await alerts().sweep()
    passTime(8 * 60 * MINUTE)
    await alerts().sweep()
    await sweepEachMinute(4)
    expect(await active()).toEqual([])
    await sweepEachMinute(2)
    expect(await active()).toMatchObject([{ kind: 'runner_gone' }])
    // That the host sleeps once more brings nobody back.
    passTime(8 * 60 * MINUTE)
    await alerts().sweep()
    expect(await active()).toMatchObject([{ kind: 'runner_gone' }])
  })
})
