import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive } from './process/proc.ts'
import { readRecord } from './process/step-files.ts'
import { FakeControl } from './testing/fake-control.ts'
import { dagOf } from './testing/fixture.ts'

const main = join(import.meta.dirname, 'main.ts')

let control: FakeControl
let dir: string
let agent: ChildProcess | undefined

const startAgent = async (): Promise<void> => {
  const connections = control.hellos.length
  const args = [main, '--url', control.url, '--state', join(dir, 'state'), '--enrol', 'one-time']
  agent = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await control.until(() => control.hellos.length > connections && control.connected, 'the agent')
}

const killAgent = async (): Promise<void> => {
  const gone = new Promise(resolve => agent?.once('exit', resolve))
  agent?.kill('SIGKILL')
  await gone
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-adopt-'))
  control = await FakeControl.open()
  await startAgent()
})
afterEach(async () => {
  const gone = new Promise(resolve => agent?.once('exit', resolve))
  agent?.kill('SIGTERM')
  await gone
  await control.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('an agent killed with -9', () => {
  it('is followed by one that takes up the running step: same process, whole output, real exit code, one execution', async () => {
    const yaml = `
type: chain
steps:
  - name: long
    command: "echo $$ >> ${dir}/executions; i=0; while [ ! -e ${dir}/go ]; do echo line $i; i=$((i+1)); sleep 0.02; done; echo last; exit 0"
    output: SAID
  - name: next
    command: 'echo "$SAID" | tail -1; exit 4'
`
    const run = control.startRun(dagOf(yaml))
    const started = await control.until(() => control.started(run.runId, 'long')[0], 'the start')
    await killAgent()
    expect(isAlive(started.pid!, '0')).toBe(true)
    await startAgent()
    expect(control.hellos[1]?.runs).toMatchObject([{ runId: run.runId, plans: [{ plan: run.plan.plan }] }])
    writeFileSync(join(dir, 'go'), '')
    expect((await control.planEnded(run)).reason).toBe('step')
    const [long] = control.finished(run.runId, 'long')
    const lines = long?.stdout?.text?.trimEnd().split('\n') ?? []
    expect(lines).toEqual([...lines.slice(0, -1).map((_, i) => `line ${i}`), 'last'])
    expect(long).toMatchObject({ outcome: 'succeeded', exitCode: 0 })
    expect(control.finished(run.runId, 'next')).toMatchObject([{ exitCode: 4, stdout: { text: 'last\n' } }])
    expect(readFileSync(join(dir, 'executions'), 'utf8')).toBe(`${started.pid}\n`)
    expect(control.started(run.runId, 'long')).toHaveLength(1)
  })

  it('while nobody looks, the step ends, and the next agent reports how', async () => {
    const yaml = `steps: [{ name: long, script: "while [ ! -e ${dir}/go ]; do sleep 0.02; done\\necho over >&2\\nexit 9" }]`
    const run = control.startRun(dagOf(yaml))
    const started = await control.until(() => control.started(run.runId, 'long')[0], 'the start')
    await killAgent()
    writeFileSync(join(dir, 'go'), '')
    await control.until(() => !isAlive(started.pid!, '0'), 'the end of the step')
    await startAgent()
    await control.planEnded(run)
    expect(control.finished(run.runId)).toMatchObject([{ outcome: 'failed', exitCode: 9, stderr: { text: 'over\n' } }])
  })

  it('within a list of commands, the rest of the list is run by the next agent', async () => {
    const yaml = `
steps:
  - name: list
    command:
      - "echo first"
      - "while [ ! -e ${dir}/go ]; do sleep 0.02; done; echo second"
      - "echo third"
`
    const run = control.startRun(dagOf(yaml))
    await control.until(() => control.started(run.runId, 'list')[0], 'the start')
    await control.until(() => recordOf(run.runId, 'list.1-1').identity, 'the second command')
    await killAgent()
    await startAgent()
    writeFileSync(join(dir, 'go'), '')
    expect((await control.planEnded(run)).reason).toBe('completed')
    expect(control.finished(run.runId)[0]?.stdout?.text).toBe('first\nsecond\nthird\n')
  })

  it('within a chain of coding tools, none that was asked is asked again', async () => {
    const yaml = `
harnesses:
  first: {binary: sh, prefix_args: [-c, "echo first >> ${dir}/asked; echo half; exit 1"], prompt_mode: stdin}
  second: {binary: sh, prefix_args: [-c, "echo second >> ${dir}/asked; while [ ! -e ${dir}/go ]; do sleep 0.02; done; cat; exit 3"], prompt_mode: stdin}
  third: {binary: cat, prompt_mode: stdin}
steps:
  - {name: ask, type: harness, command: the prompt, with: {provider: first, fallback: [{provider: second}, {provider: third}]}}
`
    const run = control.startRun(dagOf(yaml))
    await control.until(() => recordOf(run.runId, 'ask.1-1').identity, 'the second tool')
    await control.until(() => readFileSync(join(dir, 'asked'), 'utf8').includes('second'), 'its first act')
    await killAgent()
    await startAgent()
    writeFileSync(join(dir, 'go'), '')
    expect((await control.planEnded(run)).reason).toBe('completed')
    expect(control.finished(run.runId)).toMatchObject([{ outcome: 'succeeded', stdout: { text: 'the prompt' } }])
    expect(readFileSync(join(dir, 'asked'), 'utf8')).toBe('first\nsecond\n')
  })

  it('and a step killed while nobody looked is lost, not failed and not run again', async () => {
    const yaml = `type: chain\nsteps: [{ name: long, command: "echo run >> ${dir}/executions; sleep 60" }, { name: next, command: "true" }]`
    const run = control.startRun(dagOf(yaml))
    const started = await control.until(() => control.started(run.runId, 'long')[0], 'the start')
    // Its pid is told before it has done anything: killed too early there would be nothing to count.
    await control.until(() => existsSync(join(dir, 'executions')), 'its first act')
    await killAgent()
    process.kill(recordOf(run.runId, 'long.1').identity!.wrapperPid, 'SIGKILL')
    process.kill(-started.pid!, 'SIGKILL')
    await startAgent()
    expect((await control.planEnded(run)).reason).toBe('step')
    expect(control.finished(run.runId)).toMatchObject([{ step: 'long', outcome: 'lost' }])
    expect(readFileSync(join(dir, 'executions'), 'utf8')).toBe('run\n')
  })
})

const recordOf = (runId: string, step: string) => readRecord(join(dir, 'state', 'runs', runId, step))
