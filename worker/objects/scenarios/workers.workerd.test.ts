/// <reference types="@cloudflare/vitest-plugin/types" />
// Where runs go: labels, and runners that are being drained.
import { abortAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'

const GPU = 'worker_selector: {kind: gpu}\nsteps: [{name: a, command: echo a}]\n'
const ANY = 'steps: [{name: a, command: echo a}]\n'

const reasonOf = (runId: string, reason: string) =>
  eventually(async () => (await run(runId).summary(runId))?.reason === reason)

afterEach(reset)

describe('worker_selector', () => {
  it('keeps a run waiting, with the labels as its reason, until a runner with them connects', async () => {
    const cpu = await connectAgent(undefined, { kind: 'cpu' })
    const { dag } = await putDag('gpu', GPU)
    const runId = await startRun(dag)
    await reasonOf(runId, 'no connected runner has the labels kind=gpu')
    const gpu = await connectAgent(undefined, { kind: 'gpu', zone: 'a' })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
    expect([cpu.agent, gpu.agent].map(agent => agent.frames.some(frame => frame.type === 'run'))).toEqual([false, true])
  })

  it('goes by the labels of the enrolment where the host says otherwise', async () => {
    await connectAgent(undefined, { kind: 'gpu', zone: 'a' }, { kind: 'cpu' })
    const [room] = await stubOf(testEnv, 'fleet', SINGLETON).runners()
    expect(room?.labels).toEqual({ kind: 'cpu', zone: 'a' })
  })
})

describe('a step with a worker_selector of its own', () => {
  const MOVES = `
worker_selector: {zone: home}
handler_on: {exit: {command: bye}}
steps:
  - {name: first, command: echo a, output: A}
  - {name: train, command: echo b, worker_selector: {kind: gpu}, output: B}
  - {name: check, command: echo c, worker_selector: {kind: gpu}}
  - {name: last, command: echo d}
`
  it('runs on a worker with those labels, and the run comes back to its own; results travel', async () => {
    const ran: string[] = []
    const behave = (name: string) => (step: string, _attempt: number) => {
      ran.push(`${step} on ${name}`)
      return { stdout: step }
    }
    const home = await connectAgent(behave('home'), { zone: 'home' })
    const gpu = await connectAgent(behave('gpu'), { kind: 'gpu' })
    const { dag } = await putDag('moves', MOVES)
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 4 })
    expect(ran).toEqual(['first on home', 'train on gpu', 'check on gpu', 'last on home', 'onExit on home'])
    const contexts = (agent: typeof gpu.agent) =>
      agent.frames.flatMap(frame => (frame.type === 'run' && frame.context ? [Object.keys(frame.context.results)] : []))
    expect(contexts(gpu.agent)).toEqual([['first']])
    expect(contexts(home.agent)).toEqual([[], ['first', 'train', 'check']])
    const room = await eventually(async () => {
      const runners = await stubOf(testEnv, 'fleet', SINGLETON).runners()
      return runners.every(runner => runner.used === 0) ? runners : null
    })
    expect(room).toHaveLength(2)
  })

  it('waits for a worker with those labels, and is stopped there', async () => {
    await connectAgent(undefined, { zone: 'home' })
    const { dag } = await putDag('moves', MOVES)
    const runId = await startRun(dag)
    await reasonOf(runId, 'no connected runner has the labels kind=gpu')
    expect((await run(runId).summary(runId))?.done).toBe(1)
    expect(await run(runId).stop(runId, { by: 'me' })).toMatchObject({ ok: true })
    expect(await ended(runId)).toMatchObject({ status: 'aborted' })
    expect(await run(runId).retry(runId, { by: 'me' })).toMatchObject({ ok: true })
    await reasonOf(runId, 'no connected runner has the labels kind=gpu')
    await connectAgent(undefined, { kind: 'gpu' })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 4, attempt: 2 })
  })
})

describe('a draining runner', () => {
  it('ends what it runs and gets nothing new, also after a crash of the control plane, until it is taken back', async () => {
    let finish = () => {}
    const { runnerId, agent } = await connectAgent(() => new Promise(resolve => (finish = () => resolve({}))))
    const { dag } = await putDag('any', ANY)
    const first = await startRun(dag)
    await eventually(async () => (await run(first).summary(first))?.status === 'running')
    expect(await directory().drainRunner(runnerId, true)).toBe(true)
    const second = await startRun(dag)
    await reasonOf(second, 'runner fake is draining')
    finish()
    expect(await ended(first)).toMatchObject({ status: 'succeeded' })
    await abortAllDurableObjects()
    await eventually(() => agent.connect().catch(() => undefined))
    await eventually(
      async () =>
        (
          await stubOf(testEnv, 'fleet', SINGLETON)
            .runners()
            .catch(() => [])
        )[0]?.draining,
    )
    expect((await run(second).summary(second))?.status).toBe('queued')
    expect(await directory().drainRunner(runnerId, false)).toBe(true)
    await eventually(async () => (await run(second).summary(second))?.status === 'running')
    await eventually(async () => {
      finish()
      return (await run(second).summary(second))?.status === 'succeeded'
    })
  })

  it('is unknown where it was never enrolled', async () => {
    expect(await directory().drainRunner('r-none', true)).toBe(false)
  })
})

describe('a runner that is revoked while it is connected', () => {
  it('is given nothing, and nothing that it says counts, however long it keeps its end of the socket open', async () => {
    const release: (() => void)[] = []
    const { agent, runnerId } = await connectAgent(() => new Promise(resolve => release.push(() => resolve({}))))
    const { dag } = await putDag('any', ANY)
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    await directory().revokeRunner(runnerId)
    await agent.received(frame => frame.type === 'refused')
    expect(await stubOf(testEnv, 'fleet', SINGLETON).runners()).toEqual([])
    expect((await stubOf(testEnv, 'runner', runnerId).status()).connected).toBe(false)
    const frames = agent.frames.length
    const other = await putDag('other', ANY)
    const waiting = await startRun(other.dag)
    await reasonOf(waiting, 'no runner is connected')
    expect(agent.frames.length).toBe(frames)
    expect((await run(runId).summary(runId))?.status).toBe('running')
  })
})

describe('the documents of a runner', () => {
  it('are others from the word on, and its agent comes again to look', async () => {
    const { runnerId, agent } = await connectAgent()
    expect(await directory().runnerDocs(runnerId)).toEqual({ access: 'write' })
    expect(await directory().setRunnerDocs(runnerId, { access: 'read', workspaces: ['ops'] })).toBe(true)
    await eventually(() => agent.closed)
    expect(agent.closed?.code).toBe(4003)
    await abortAllDurableObjects()
    const [one] = await eventually(() =>
      directory()
        .runners()
        .catch(() => null),
    )
    expect(one?.docs).toEqual({ access: 'read', workspaces: ['ops'] })
    await directory().revokeRunner(runnerId)
    expect(await directory().setRunnerDocs(runnerId, { access: 'write' })).toBe(false)
    expect(await directory().runnerDocs(runnerId)).toBeNull()
  })
})
