import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentHost } from './host.ts'
import { Interruption } from './interruption.ts'
import { type ProcessOptions, runProcess } from './step-process.ts'

let dir: string
let started: string[]

const host = {
  processes: {
    startStep: ({ key }: { key: string }) => {
      started.push(key)
      return { key, dir, started: Promise.resolve(undefined), exited: Promise.resolve({ exitCode: 0 }) }
    },
  },
} as unknown as AgentHost

const run = (options: Partial<ProcessOptions>) =>
  runProcess(host, {
    key: 'run/step/1',
    dir: join(dir, 'step.1'),
    index: 0,
    request: { argv: ['true'], env: {}, cwd: dir, stdoutPath: join(dir, 'out'), stderrPath: join(dir, 'err') },
    interruption: new Interruption(),
    signal: 'SIGTERM',
    maxCleanUpMs: 1_000,
    restored: true,
    rebooted: false,
    mayStart: async () => true,
    started: () => {},
    ...options,
  })

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-process-'))
  started = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('a start that is in the journal, and of which the disk shows no process', () => {
  it('is made up for by the next agent once it may start something', async () => {
    let allow: (may: boolean) => void = () => {}
    const ended = run({ mayStart: () => new Promise(resolve => (allow = resolve)) })
    await new Promise(resolve => setImmediate(resolve))
    expect(started).toEqual([])
    allow(true)
    expect(await ended).toEqual({ exitCode: 0 })
    expect(started).toEqual(['run/step/1'])
  })

  it('never is one when the control plane has called it off meanwhile', async () => {
    expect(await run({ mayStart: async () => false })).toMatchObject({ notStarted: true })
    expect(started).toEqual([])
  })

  it.each([
    ['nothing', undefined],
    ['only that it was asked for', 'asked\n'],
  ])('is lost when the host has restarted: the disk shows %s, and it may have run', async (_, record) => {
    if (record !== undefined) writeFileSync(join(dir, 'step.1.state'), record)
    expect(await run({ rebooted: true })).toMatchObject({ lost: true })
    expect(started).toEqual([])
  })
})

it('a first start waits for nothing', async () => {
  await run({ restored: false, mayStart: () => Promise.reject(new Error('asked')) })
  expect(started).toEqual(['run/step/1'])
})
