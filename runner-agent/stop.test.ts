import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from './process/proc.ts'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

const startUntil = async (yaml: string, step: string, context = {}) => {
  const { control } = fixture
  const run = control.startRun(dagOf(yaml), { context })
  const started = await control.until(() => control.started(run.runId, step)[0], `the start of ${step}`)
  return { run, pid: started.pid! }
}

describe('a stop order', () => {
  it('ends the running step, and answers when everything is dead', async () => {
    const { control } = fixture
    const { run, pid } = await startUntil(
      'type: chain\nsteps: [{ name: long, command: "sleep 60" }, { name: next, command: "true" }]',
      'long',
    )
    control.send({ type: 'run', runId: run.runId, stop: { id: 'stop-1', reason: 'user' } })
    expect((await control.planEnded(run)).reason).toBe('stopped')
    await control.until(() => control.eventsOf(run.runId).some(event => event.type === 'stopped'), 'the answer')
    expect(control.finished(run.runId)).toMatchObject([{ step: 'long', outcome: 'aborted', exitCode: -1 }])
    expect(control.started(run.runId, 'next')).toEqual([])
    expect(isAlive(pid, '0')).toBe(false)
  })

  it('kills what ignores the signal when the time to clean up is over', async () => {
    const { control } = fixture
    const yaml = `
max_clean_up_time_sec: 1
steps:
  - name: deaf
    shell: bash
    script: |
      trap '' TERM
      echo ready
      while true; do sleep 0.1; done
`
    const { run, pid } = await startUntil(yaml, 'deaf')
    control.send({ type: 'run', runId: run.runId, stop: { id: 'stop-2', reason: 'user' } })
    expect((await control.planEnded(run)).reason).toBe('stopped')
    expect(control.finished(run.runId)[0]).toMatchObject({ outcome: 'aborted' })
    expect(isAlive(pid, '0')).toBe(false)
  })

  it('sends the signal that the step asks for', async () => {
    const { control } = fixture
    const yaml = `
steps:
  - name: polite
    signal_on_stop: SIGUSR1
    script: |
      trap 'echo bye; exit 5' USR1
      echo ready
      while true; do sleep 0.05; done
`
    const { run } = await startUntil(yaml, 'polite')
    const ready = { runId: run.runId, step: 'polite', attempt: 1, stream: 'stdout' as const }
    control.send({ type: 'follow', ...ready, offset: 0, on: true })
    await control.until(
      () => control.frames.some(frame => frame.type === 'tail' && frame.text.includes('ready')),
      'the trap',
    )
    control.send({ type: 'run', runId: run.runId, stop: { id: 'stop-3', reason: 'user' } })
    await control.planEnded(run)
    expect(control.finished(run.runId)[0]).toMatchObject({
      outcome: 'aborted',
      exitCode: 5,
      stdout: { text: 'ready\nbye\n' },
    })
  })

  it('for a run with nothing left to stop is answered at once, and only once', async () => {
    const { control } = fixture
    const run = control.startRun(dagOf('steps: [{ name: one, command: "true" }]'))
    await control.planEnded(run)
    const stop = { id: 'stop-4', reason: 'user' as const }
    control.send({ type: 'run', runId: run.runId, stop })
    control.send({ type: 'run', runId: run.runId, stop })
    const stops = () => control.eventsOf(run.runId).filter(event => event.type === 'stopped')
    await control.until(() => stops().length > 0, 'the answer')
    expect(stops()).toHaveLength(1)
  })
})

describe('a time limit', () => {
  it('of a step fails it with exit code 124 and says how long it took', async () => {
    const { control } = fixture
    const run = control.startRun(dagOf('steps: [{ name: slow, command: "sleep 60", timeout_sec: 1 }]'))
    expect((await control.planEnded(run)).reason).toBe('step')
    expect(control.finished(run.runId)[0]).toMatchObject({
      outcome: 'timed_out',
      exitCode: 124,
      error: expect.stringMatching(/timed out after 1\.\ds .*timeout_sec: 1/),
    })
  })

  it('of the run ends its steps, and leaves handlers that come later alone', async () => {
    const { control } = fixture
    const dag = dagOf(
      'timeout_sec: 1\nhandler_on: { exit: { command: "echo bye" } }\nsteps: [{ name: slow, command: "sleep 60" }]',
    )
    const run = control.startRun(dag, { context: { timeoutMs: 400 } })
    expect((await control.planEnded(run)).reason).toBe('run_timeout')
    expect(control.finished(run.runId, 'slow')[0]).toMatchObject({
      outcome: 'aborted',
      error: expect.stringContaining('timed out'),
    })
    const exit = control.plan([{ kind: 'step', step: 'onExit', attempt: 1, env: { DAG_RUN_STATUS: 'failed' } }])
    control.givePlans(run.runId, [exit])
    expect((await control.planEnded({ runId: run.runId, plan: exit })).reason).toBe('completed')
  })
})

describe('a stale plan', () => {
  it('is killed, and nothing more is said of it', async () => {
    const { control } = fixture
    const { run, pid } = await startUntil('steps: [{ name: long, command: "sleep 60" }]', 'long')
    control.send({ type: 'run', runId: run.runId, stale: [run.plan.plan] })
    await control.until(() => !isAlive(pid, '0'), 'its end')
    await fixture.restart()
    await control.until(() => control.hellos.length > 1 && control.connected, 'the next hello')
    expect(control.hellos.at(-1)?.runs.find(known => known.runId === run.runId)?.plans ?? []).toEqual([])
    expect(control.eventsOf(run.runId).some(event => event.type === 'plan_ended')).toBe(false)
  })
})
