import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { adoptStep, inspectStep } from './adopt.ts'
import { currentBootId, isAlive } from './proc.ts'
import { makeFolder, stepRequest, until } from './testing.ts'
import type { StepIdentity, StepRequest } from './types.ts'

const folder = makeFolder()
afterAll(() => folder.remove())

/** Starts the step in an agent process of its own, and kills that with -9 once the step runs. */
async function startAndKillAgent(request: StepRequest): Promise<StepIdentity> {
  mkdirSync(request.dir)
  const fixture = fileURLToPath(new URL('./agent.fixture.ts', import.meta.url))
  const agent = spawn(process.execPath, [fixture, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise(resolve => agent.once('close', resolve))
  const line = await new Promise<string>(resolve => agent.stdout.setEncoding('utf8').once('data', resolve))
  const { identity, spawnerPid } = JSON.parse(line) as { identity: StepIdentity; spawnerPid: number }
  agent.kill('SIGKILL')
  await gone
  await until(() => !isAlive(spawnerPid, '0'))
  return identity
}

describe('after kill -9 of the agent', () => {
  const ends: [string, string, object][] = [
    ['its exit code', 'exit 42', { exitCode: 42 }],
    ['the signal that killed it', 'kill -USR1 $$', { exitCode: -1, signal: 'SIGUSR1' }],
    ['its end although a grandchild lives on', 'sleep 30 & echo $! >grandchild; exit 3', { exitCode: 3 }],
  ]
  it.each(ends)('a step goes on in the same process, loses no output, and %s is told', async (_, end, expected) => {
    const script = `for i in $(seq 2000); do echo before $i; done; echo $$ >ready
      while [ ! -e go ]; do sleep 0.01; done; for i in $(seq 2000); do echo after $i; done; ${end}`
    const request = stepRequest(folder.path, ['sh', '-c', script])
    const copy = join(request.dir, 'copy')
    const identity = await startAndKillAgent({ ...request, cwd: request.dir, tee: { stdout: copy } })
    await until(() => existsSync(join(request.dir, 'ready')))
    expect(inspectStep(request.dir)).toEqual({ state: 'running', identity })
    const adopted = adoptStep(request.key, request.dir)
    expect(await adopted.started).toEqual(identity)
    writeFileSync(join(request.dir, 'go'), '')
    expect(await adopted.exited).toEqual(expected)
    expect(Number(readFileSync(join(request.dir, 'ready'), 'utf8'))).toBe(identity.pid)
    const lines = ['before', 'after'].flatMap(word => Array.from({ length: 2000 }, (_, i) => `${word} ${i + 1}\n`))
    expect(readFileSync(request.stdoutPath, 'utf8')).toBe(lines.join(''))
    expect(readFileSync(copy, 'utf8')).toBe(lines.join(''))
    expect(inspectStep(request.dir)).toEqual({ state: 'exited', identity, exit: expected })
    await until(() => !isAlive(identity.wrapperPid, '0'))
    const grandchild = join(request.dir, 'grandchild')
    if (existsSync(grandchild)) process.kill(Number(readFileSync(grandchild, 'utf8')), 'SIGKILL')
  })

  it('a step killed together with its shell is lost', async () => {
    const request = stepRequest(folder.path, ['sleep', '60'])
    const identity = await startAndKillAgent(request)
    process.kill(identity.wrapperPid, 'SIGKILL')
    process.kill(identity.pid, 'SIGKILL')
    expect(await adoptStep(request.key, request.dir).exited).toMatchObject({ exitCode: -1, lost: true })
  })
})

describe('what the record of a step says', () => {
  const boot = currentBootId()
  const own = process.pid
  const cases: [string, string | undefined, object][] = [
    ['no record: unknown', undefined, { state: 'unknown' }],
    ['asked for: requested', 'asked\n', { state: 'requested' }],
    ['half a line: not known', 'asked\n1 1 1 1', { state: 'requested' }],
    ['an end: ended', 'asked\n9 9 1 1 x\n3 0\n', { state: 'exited', exit: { exitCode: 3 } }],
    ['killed', 'asked\n9 9 1 1 x\n137 9\n', { state: 'exited', exit: { exitCode: -1, signal: 'SIGKILL' } }],
    ['a process of another boot: dead', `asked\n${own} 1 1 1 other\n`, { state: 'dead', rebooted: true }],
    [
      'a pid that is another process now: dead',
      `asked\n${own} ${own} 1 999999999 ${boot}\n`,
      { state: 'dead', rebooted: false, wrapperAlive: false },
    ],
    ['half an exit code: dead until it is whole', 'asked\n1 1 1 1 other\n1', { state: 'dead' }],
  ]
  it.each(cases)('%s', (_, record, expected) => {
    const { dir } = stepRequest(folder.path, [])
    mkdirSync(dir)
    if (record !== undefined) writeFileSync(`${dir}.state`, record)
    expect(inspectStep(dir)).toMatchObject(expected)
  })

  it('a step that was asked for and never started is withdrawn and reported so', async () => {
    const { dir, key } = stepRequest(folder.path, [])
    mkdirSync(dir)
    writeFileSync(`${dir}.state`, 'asked\n')
    const adopted = adoptStep(key, dir, { appearMs: 1 })
    expect(existsSync(`${dir}.withdrawn`)).toBe(true)
    expect(await adopted.started).toBeUndefined()
    expect(await adopted.exited).toMatchObject({ exitCode: 1, notStarted: true })
  })

  it('a step of an earlier boot is lost', async () => {
    const { dir, key } = stepRequest(folder.path, [])
    mkdirSync(dir)
    writeFileSync(`${dir}.state`, 'asked\n1 1 1 1 other-boot\n')
    expect(await adoptStep(key, dir).exited).toMatchObject({ lost: true, error: expect.stringMatching(/restarted/) })
  })
})
