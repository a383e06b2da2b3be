import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runAgent } from './agent.ts'
import { silentLogger } from './logger.ts'
import { FakeControl } from './testing/fake-control.ts'
import { dagOf, type Fixture, openFixture, testOptions } from './testing/fixture.ts'

let fixture: Fixture | undefined
afterEach(async () => {
  await fixture?.close()
  fixture = undefined
})

const gated = (dir: string): string =>
  `type: chain\nsteps:\n  - { name: gate, command: "echo on; while [ ! -e ${dir}/go ]; do sleep 0.02; done; echo off" }\n  - { name: after, command: echo done }\n`

describe('while the control plane is away', () => {
  it('a running step goes on, and its result arrives with the next connection', async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    const run = control.startRun(dagOf(gated(dir)))
    await control.until(() => control.started(run.runId, 'gate')[0], 'the start')
    control.cut()
    writeFileSync(join(dir, 'go'), '')
    expect((await control.planEnded(run)).reason).toBe('completed')
    expect(control.hellos).toHaveLength(2)
    expect(control.hellos[1]?.runs).toMatchObject([{ runId: run.runId, plans: [{ plan: run.plan.plan }] }])
    expect(control.finished(run.runId, 'gate')[0]?.stdout?.text).toBe('on\noff\n')
  })

  it('a report without an answer is sent again unchanged, and nothing else goes before it', async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    control.autoAck = false
    const run = control.startRun(dagOf(gated(dir)))
    await control.until(() => control.reports.length === 1, 'the first report')
    writeFileSync(join(dir, 'go'), '')
    control.cut()
    await control.until(() => control.reports.length === 2, 'the second sending')
    expect(control.reports[1]).toEqual(control.reports[0])
    control.autoAck = true
    const first = control.reports[0]!.seq
    control.send({ type: 'run', runId: run.runId, ack: first })
    expect((await control.planEnded(run)).reason).toBe('completed')
    const later = control.reports.slice(2).map((_, i) => first + i + 1)
    expect(control.reports.map(report => report.seq)).toEqual([first, first, ...later])
  })

  it('a report without an answer is sent again unchanged by a restarted agent, too', async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    control.autoAck = false
    const run = control.startRun(dagOf(gated(dir)))
    await control.until(() => control.reports.length === 1, 'the first report')
    await fixture.restart()
    await control.until(() => control.reports.length === 2, 'the second sending')
    expect(control.reports[1]).toEqual(control.reports[0])
    control.autoAck = true
    control.send({ type: 'run', runId: run.runId, ack: control.reports[0]!.seq })
    writeFileSync(join(dir, 'go'), '')
    expect((await control.planEnded(run)).reason).toBe('completed')
    expect(control.started(run.runId, 'gate')).toHaveLength(1)
  })
})

describe('an agent', () => {
  it('refused for its protocol names both versions and ends', async () => {
    fixture = await openFixture()
    const { control, agent } = fixture
    control.refusal = {
      type: 'refused',
      code: 'protocol_mismatch',
      message: 'update the agent',
      server: '7',
      agent: '1',
    }
    const ended = expect(agent.ended).rejects.toThrow(/protocol 7.*speaks 1.*update the agent/)
    control.cut()
    await ended
  })

  it('is alone on its state directory', async () => {
    fixture = await openFixture()
    await expect(runAgent(testOptions(fixture.control.url, fixture.dir), { log: silentLogger })).rejects.toThrow(
      /another agent \(pid \d+\)/,
    )
  })

  it('without credentials needs a token that the control plane knows', async () => {
    const control = await FakeControl.open()
    const dir = mkdtempSync(join(tmpdir(), 'edgedag-agent-'))
    const { enrol: _, ...without } = testOptions(control.url, dir)
    await expect(runAgent(without, { log: silentLogger })).rejects.toThrow(/not enrolled/)
    await expect(runAgent({ ...without, enrol: 'used' }, { log: silentLogger })).rejects.toThrow(
      /401.*unknown or used token/,
    )
    expect(existsSync(join(dir, 'state', 'agent.lock'))).toBe(false)
    await control.close()
    rmSync(dir, { recursive: true })
  })
})
