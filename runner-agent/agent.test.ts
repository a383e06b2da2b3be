import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_UNACKED_RESULTS } from '@edgedag/core/protocol/frames'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

const run = async (yaml: string, options?: Parameters<Fixture['control']['startRun']>[1]) => {
  const { control } = fixture
  const started = control.startRun(dagOf(yaml), options)
  const end = await control.planEnded(started)
  const { runId } = started
  const finished = (step: string) => control.finished(runId, step)[0]
  return { runId, end, events: control.eventsOf(runId), finished, text: (step: string) => finished(step)?.stdout?.text }
}

describe('a plan', () => {
  it('runs its steps one after another, with the outputs of each for the next', async () => {
    const { end, events, text } = await run(`
type: chain
params: [WHO=world]
env: [{ GREETING: "hello" }]
steps:
  - { name: one, command: 'echo "$GREETING $WHO"', output: SAID }
  - { name: two, command: 'echo "got $SAID"' }
`)
    expect(end.reason).toBe('completed')
    expect(text('one')).toBe('hello world\n')
    expect(text('two')).toBe('got hello world\n')
    expect(events.map(event => event.type)).toEqual([
      ...['prepared', 'started', 'finished', 'started', 'finished', 'plan_ended'],
    ])
    expect(events[0]).toMatchObject({ type: 'prepared', paramsDisplay: 'WHO=world', conditions: [] })
  })

  it('ends at a failure, with exit code, error text and the rest not begun', async () => {
    const { end, events, finished } = await run(`
type: chain
steps:
  - { name: bad, script: "echo broken >&2\\nexit 3" }
  - { name: never, command: "true" }
`)
    expect(end.reason).toBe('step')
    expect(finished('bad')).toMatchObject({ outcome: 'failed', exitCode: 3, error: expect.stringContaining('broken') })
    expect(events.some(event => 'step' in event && event.step === 'never')).toBe(false)
  })

  it('ends at a step that is skipped, and says which condition did not hold', async () => {
    const { end, finished } = await run(`
type: chain
steps:
  - name: maybe
    command: "true"
    preconditions: [{ condition: "$ABSENT", expected: "yes" }]
  - { name: after, command: "true" }
`)
    expect(end.reason).toBe('step')
    expect(finished('maybe')).toMatchObject({ outcome: 'skipped', conditions: [{ met: false }] })
    expect(finished('maybe')?.startedAt).toBeUndefined()
  })

  it('runs a list of commands in order into one log, and stops at the first that fails', async () => {
    const { finished } = await run(`
steps:
  - name: many
    command: ["echo one", "echo two", "false", "echo never"]
`)
    expect(finished('many')).toMatchObject({ outcome: 'failed', exitCode: 1, stdout: { text: 'one\ntwo\n' } })
  })

  it('ends after a step with a repeat policy, and tells what its condition said', async () => {
    const { end, finished } = await run(`
type: chain
steps:
  - name: poll
    command: echo ready
    output: STATE
    repeat_policy: { repeat: until, condition: "\${STATE}", expected: ready, interval_sec: 1, limit: "\${LIMIT:-4}" }
  - { name: after, command: "true" }
`)
    expect(end.reason).toBe('step')
    expect(finished('poll')).toMatchObject({ outcome: 'succeeded', facts: { repeatCondition: 'met', repeatLimit: 4 } })
    expect(finished('after')).toBeUndefined()
  })

  it('ends at once when a precondition of the DAG is not met', async () => {
    const { end, events } = await run(`
preconditions: [{ condition: "a", expected: "b" }]
steps: [{ name: one, command: "true" }]
`)
    expect(end.reason).toBe('step')
    expect(events[0]).toMatchObject({ type: 'prepared', conditions: [{ met: false }] })
    expect(events.some(event => event.type === 'started')).toBe(false)
  })

  it('reports a run scope that cannot be prepared as an error of the run', async () => {
    const { events } = await run(`
params: [{ name: N, eval: "\`exit 7\`", required: true }]
steps: [{ name: one, command: "true" }]
`)
    expect(events[0]).toMatchObject({ type: 'prepared', error: expect.stringMatching(/params.*exited with 7/) })
  })

  it('runs steps that need no process, and fails one of an unknown type with a reason', async () => {
    const { finished, text } = await run(`
steps:
  - { name: say, type: log, config: { message: "hi $DAG_RUN_ID" } }
  - { name: nothing, type: noop }
`)
    expect(text('say')).toMatch(/^hi run-/)
    expect(finished('nothing')).toMatchObject({ outcome: 'succeeded', stdout: { bytes: 0 } })
    const dag = dagOf('steps: [{ name: odd, type: noop }]')
    dag.steps[0]!.type = 'teleport'
    const odd = fixture.control.startRun(dag)
    await fixture.control.planEnded(odd)
    expect(fixture.control.finished(odd.runId)[0]).toMatchObject({
      outcome: 'failed',
      error: expect.stringContaining('teleport'),
    })
  })

  it('has one log for both streams where they are merged, and still captures stdout alone', async () => {
    const { finished } = await run(`
log_output: merged
steps:
  - { name: both, command: "echo out; echo err >&2", output: V }
`)
    const end = finished('both')
    expect(end?.outputs).toEqual({ V: 'out' })
    expect(end?.stdout?.text).toContain('out\n')
    expect(end?.stdout?.text).toContain('err\n')
    expect(end?.stderr).toBeUndefined()
  })

  it('copies streams to the files that a step names', async () => {
    const { text } = await run(`
type: chain
steps:
  - { name: write, command: "echo calm; echo alarm >&2", stdout: out.txt, stderr: err.txt }
  - { name: read, command: "cat out.txt err.txt" }
`)
    expect(text('read')).toBe('calm\nalarm\n')
  })

  it('masks secrets in logs and outputs, and lets later steps have them', async () => {
    const { text, finished } = await run(`
type: chain
env: [{ RAW: "hush-hush-hush" }]
secrets: [{ name: KEY, provider: env, key: RAW }]
steps:
  - { name: leak, command: 'echo "key=$KEY"', output: LEAKED }
  - { name: use, command: 'test "$LEAKED" = "key=$KEY" && echo same' }
`)
    expect(text('leak')).toBe('key=*******\n')
    expect(finished('leak')?.outputs).toEqual({ LEAKED: 'key=*******' })
    expect(text('use')).toBe('same\n')
    expect(JSON.stringify(fixture.control.reports)).not.toContain('hush-hush')
  })

  it('shows steps only the listed variables of the host', async () => {
    const { text } = await run(`steps: [{ name: env, command: 'echo "\${HOST_ONLY-none} \${HOME:+home}"' }]`)
    expect(text('env')).toBe('none home\n')
  })

  it('waits with the next step while too many results are unanswered', async () => {
    const { control } = fixture
    control.autoAck = false
    const count = MAX_UNACKED_RESULTS + 4
    const dag = dagOf(
      `type: chain\nsteps: [${Array.from({ length: count }, (_, i) => `{ name: s${i}, command: echo ${i} >> list }`)}]`,
    )
    const started = control.startRun(dag)
    const list = join(fixture.dir, 'state', 'runs', started.runId, 'work', 'list')
    const lines = () => (existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n').length : 0)
    await control.until(() => lines() === MAX_UNACKED_RESULTS, `${MAX_UNACKED_RESULTS} steps`)
    expect(control.reports.filter(report => report.runId === started.runId)).toHaveLength(1)
    control.autoAck = true
    const first = control.reports.find(report => report.runId === started.runId)
    control.send({ type: 'run', runId: started.runId, ack: first!.seq })
    expect((await control.planEnded(started)).reason).toBe('completed')
    expect(lines()).toBe(count)
  })

  it('ignores frames that it does not understand', async () => {
    const { control } = fixture
    for (const text of [
      '{',
      '[]',
      '{"type":"launch"}',
      '{"type":"run","runId":"../x"}',
      '{"type":"forget","runIds":["../../etc"]}',
      '\u0000',
    ])
      control.sendText(text)
    const { end } = await run('steps: [{ name: one, command: "true" }]')
    expect(end.reason).toBe('completed')
  })

  it('says that it is not prepared for a plan without the context of its run', async () => {
    const { control } = fixture
    const plan = control.plan([{ kind: 'step', step: 'x', attempt: 1 }])
    control.givePlans('stranger', [plan])
    expect(await control.planEnded({ runId: 'stranger', plan })).toMatchObject({ reason: 'unprepared' })
  })

  it('forgets a run with all of its files when it is told to', async () => {
    const { runId } = await run('steps: [{ name: one, command: "true" }]')
    const dir = join(fixture.dir, 'state', 'runs', runId)
    expect(existsSync(dir)).toBe(true)
    fixture.control.send({ type: 'run', runId, end: 'finished' })
    fixture.control.send({ type: 'forget', runIds: [runId, 'unknown'] })
    await fixture.control.until(() => !existsSync(dir), 'the files to go')
  })
})
