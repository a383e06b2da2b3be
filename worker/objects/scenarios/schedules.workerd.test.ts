/// <reference types="@cloudflare/vitest-plugin/types" />
import { abortAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, directory, putDag, run, testEnv } from '../../testing/installation.ts'

const ONE = `
steps:
  - name: a
    command: echo a
`
const HOUR = 3_600_000

const realNow = Date.now.bind(Date)
/** The clock of all objects stands at this moment and goes on from there. */
function setClock(at: number): void {
  const shift = at - realNow()
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + shift)
}

const fire = (dagId: string) => runDurableObjectAlarm(objectOf(testEnv, 'dag', dagId))
const dagOf = (dagId: string) => stubOf(testEnv, 'dag', dagId)
const runsOf = (dagId: string) => dagOf(dagId).runs({ limit: 50 })
/** All open runs end well; nothing of them has to be executed here. */
async function endAll(dagId: string): Promise<void> {
  for (const line of await dagOf(dagId).activeRuns())
    await dagOf(dagId).runChanged({
      ...line,
      status: 'succeeded',
      startedAt: line.startedAt ?? Date.now(),
      finishedAt: Date.now(),
      rev: 1_000,
    })
}
const nextHour = (): number => Math.ceil((Date.now() + 1) / HOUR) * HOUR

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('the zone of schedules', () => {
  it('is the one that the schedule was armed in, until the installation has another: then due times count from that moment', async () => {
    setClock(Date.parse('2027-06-01T00:10:00Z'))
    const { dag, dagId } = await putDag('daily', `schedule: "0 3 * * *"\n${ONE}`)
    const next = async () => (await dag.schedule(1))!.fires[0]!.local
    expect(await next()).toBe('2027-06-01T03:00:00+00:00')
    setClock(Date.parse('2027-06-01T02:30:00Z'))
    await directory().setTimezone('Europe/Berlin')
    // 03:00 in Berlin was over an hour ago: it was never due.
    await eventually(async () => (await next()) === '2027-06-02T03:00:00+02:00')
    expect((await dag.listItem())!.nextRun).toBe(Date.parse('2027-06-02T01:00:00Z'))
    setClock(Date.parse('2027-06-01T03:00:01Z'))
    await dag.sweep()
    expect(await runsOf(dagId)).toEqual([])
    expect((await dag.schedule(1))!.skipped).toEqual([])
    setClock(Date.parse('2027-06-02T01:00:00.020Z'))
    await fire(dagId)
    const [first] = await eventually(async () => ((await runsOf(dagId)).length > 0 ? runsOf(dagId) : null))
    expect(first).toMatchObject({ trigger: 'scheduler', scheduleTime: Date.parse('2027-06-02T01:00:00Z') })
  })

  it('may change as often as it likes: the same zone again re-arms nothing', async () => {
    setClock(Date.parse('2027-06-01T00:10:00Z'))
    const { dag } = await putDag('again', `schedule: "0 3 * * *"\n${ONE}`)
    for (const zone of ['Asia/Tokyo', 'Asia/Tokyo', null, 'Asia/Tokyo']) await directory().setTimezone(zone)
    expect(await directory().timezone()).toEqual({ timezone: 'Asia/Tokyo', isDefault: false })
    await eventually(async () => (await dag.schedule(1))!.fires[0]!.local === '2027-06-02T03:00:00+09:00')
  })
})

describe('a due start that does not happen', () => {
  it('is told with its reason', async () => {
    await connectAgent(() => new Promise(() => {}))
    const { dag, dagId } = await putDag('busy', `schedule: "0 * * * *"\n${ONE}`)
    const due = nextHour()
    setClock(due + 20)
    await fire(dagId)
    await eventually(async () => (await runsOf(dagId)).length === 1)
    for (const hours of [1, 2]) {
      setClock(due + hours * HOUR + 20)
      await dag.sweep()
    }
    expect((await dag.schedule(1))!.skipped).toEqual([
      { from: due + HOUR, at: due + 2 * HOUR, count: 2, reason: 'running' },
    ])
    expect(await runsOf(dagId)).toHaveLength(1)
  })

  it('is left out for a success since the time before, which the run of that time is not', async () => {
    await connectAgent(() => new Promise(() => {}))
    const { dag, dagId } = await putDag('once', `schedule: "0 * * * *"\nskip_if_successful: true\n${ONE}`)
    const due = nextHour()
    const dueRuns = async (hours: number) => {
      setClock(due + hours * HOUR + 20)
      await fire(dagId)
      await endAll(dagId)
      return (await runsOf(dagId)).filter(line => line.trigger === 'scheduler').length
    }
    expect([await dueRuns(0), await dueRuns(1)]).toEqual([1, 2])
    setClock(due + 1.5 * HOUR)
    await dag.start({ trigger: 'manual', mode: 'start' })
    await endAll(dagId)
    expect([await dueRuns(2), await dueRuns(3)]).toEqual([2, 3])
    expect((await dag.schedule(1))!.skipped).toMatchObject([{ reason: 'succeeded', count: 1 }])
  })

  it('is missed where nothing was there to start it, and not started late', async () => {
    const { dag, dagId } = await putDag('missed', `schedule: "0 * * * *"\n${ONE}`)
    const due = nextHour()
    setClock(due + 2.5 * HOUR)
    await dag.sweep()
    expect((await dag.schedule(1))!.skipped).toMatchObject([{ at: due + 2 * HOUR, count: 3, reason: 'missed' }])
    expect(await runsOf(dagId)).toEqual([])
  })

  it('is caught up within its window, oldest first, each once, whatever crashes', async () => {
    const { dagId } = await putDag('caught', `schedule: "0 * * * *"\ncatchup_window: 6h\noverlap_policy: all\n${ONE}`)
    const due = nextHour()
    for (let minute = 0; minute < 8; minute++) {
      setClock(due + 2.5 * HOUR + minute * 60_000)
      await eventually(() =>
        dagOf(dagId)
          .sweep()
          .then(
            () => true,
            () => false,
          ),
      )
      await endAll(dagId)
      if (minute % 2 === 0) await abortAllDurableObjects()
    }
    const runs = await eventually(() => runsOf(dagId).catch(() => null))
    expect(runs.map(({ scheduleTime, trigger }) => [scheduleTime, trigger]).reverse()).toEqual(
      [0, 1, 2].map(hours => [due + hours * HOUR, 'catchup']),
    )
  })
})

describe('a schedule that stops', () => {
  it('reaches its run although the Dag died right after the look', async () => {
    await connectAgent(() => new Promise(() => {}))
    const { dag, dagId } = await putDag('stopping', `schedule: {stop: "0 * * * *"}\n${ONE}`)
    const started = await dag.start({ trigger: 'manual', mode: 'start' })
    const runId = started.ok ? started.value.runId : ''
    await eventually(async () => (await run(runId).summary(runId))?.status === 'running')
    setClock(nextHour() + 20)
    await fire(dagId)
    await abortAllDurableObjects()
    setClock(Date.now() + 6_000)
    await eventually(async () => {
      await fire(dagId).catch(() => {})
      const events = await run(runId)
        .events(runId)
        .catch(() => null)
      return events?.some(line => line.includes('stop')) === true
    })
  })
})

describe('runs at rest', () => {
  it('hold no due start up and are not stopped: one that waits for an approval, and one that waits in a queue', async () => {
    const gate = 'steps: [{id: g, type: noop, approval: {prompt: may I}}]'
    const { dag, dagId } = await putDag('gate', `schedule: {start: "0 * * * *", stop: "30 * * * *"}\n${gate}`)
    const status = async () => (await runsOf(dagId)).map(line => line.status)
    await dag.start({ trigger: 'manual', mode: 'start' })
    await eventually(async () => (await status()).join() === 'waiting')
    const due = nextHour()
    setClock(due + 20)
    await fire(dagId)
    await eventually(async () => (await status()).join() === 'waiting,waiting')
    await connectAgent(() => new Promise(() => {}))
    await putDag('gate', `schedule: {start: "0 * * * *", stop: "30 * * * *"}\n${ONE}`)
    for (const mode of ['start', 'enqueue'] as const) await dag.start({ trigger: 'manual', mode })
    await eventually(async () => (await status()).join() === 'queued,running,waiting,waiting')
    setClock(due + HOUR / 2 + 20)
    await fire(dagId)
    const runs = await runsOf(dagId)
    const stops = await eventually(async () => {
      const events = await Promise.all(runs.slice(1).map(line => run(line.runId).events(line.runId)))
      const found = events.map(lines => lines?.some(text => text.includes('stop')) === true)
      return found.includes(true) ? found : null
    })
    expect(stops).toEqual([true, false, false])
    // Its turn comes as soon as the one before it has ended.
    await eventually(async () => (await status())[0] === 'running')
    expect((await dag.schedule(1))!.skipped).toEqual([])
  })
})

describe('a suspended DAG', () => {
  it('drops what its schedule has queued, and keeps what people have', async () => {
    const { dag } = await putDag('held', ONE)
    const start = async (trigger: 'manual' | 'scheduler' | 'catchup') => {
      const started = await dag.start({ trigger, mode: 'enqueue', scheduleTime: 1 })
      return started.ok ? started.value.runId : ''
    }
    await start('manual')
    const [scheduled, caught, asked] = [await start('scheduler'), await start('catchup'), await start('manual')]
    await dag.suspend(true)
    const status = async (runId: string) => (await dag.run(runId))?.status
    await eventually(async () => (await status(caught)) === 'aborted')
    expect([await status(scheduled), await status(asked)]).toEqual(['aborted', 'queued'])
    expect((await dag.run(scheduled))?.reason).toContain('suspended')
  })
})
