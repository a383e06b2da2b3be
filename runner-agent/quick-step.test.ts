// ADR 43: what a quick step says travels together. The timers stand still here, so what is counted does not depend on the machine.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await fixture.close()
})

/** Types of the events of each report that has come. */
const told = (runId: string): string[][] =>
  fixture.control.reports.filter(report => report.runId === runId).map(({ events }) => events.map(({ type }) => type))

it('tells a run of one quick step in one report, from the preparation to the end of its plan', async () => {
  const { control } = fixture
  const run = control.startRun(dagOf('steps: [{ name: quick, command: echo done }]'))
  await control.planEnded(run)
  expect(told(run.runId)).toEqual([['prepared', 'started', 'finished', 'plan_ended']])
})

it('tells the start of a step that is not quick while it runs, and its end with the end of its plan', async () => {
  const { control, dir } = fixture
  const goOn = join(dir, 'go-on')
  const run = control.startRun(dagOf(`steps: [{ name: slow, command: "until test -e ${goOn}; do sleep 0.01; done" }]`))
  while (!told(run.runId).flat().includes('started')) {
    vi.advanceTimersByTime(50)
    await pause(5)
  }
  writeFileSync(goOn, '')
  await control.planEnded(run)
  expect(told(run.runId).at(-1)).toEqual(['finished', 'plan_ended'])
})
