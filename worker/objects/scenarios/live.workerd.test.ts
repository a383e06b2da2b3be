/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictAllDurableObjects, reset } from 'cloudflare:test'
import { applyRunPatch } from '@edgedag/core/run/details-patch'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually, type StepEnd } from '../../testing/fake-agent.ts'
import { connectAgent, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { runObjectName } from '../names.ts'

// biome-ignore lint/suspicious/noExplicitAny: frames are looked at member by member
type Frame = any

async function watch(
  kind: 'run' | 'index',
  name: string,
  topic: string,
): Promise<{ frames: Frame[]; send(text: string): void; closed(): CloseEvent | undefined }> {
  const request = new Request(`http://live/?topic=${encodeURIComponent(topic)}`, { headers: { upgrade: 'websocket' } })
  const response = (await objectOf(testEnv, kind, name).fetch(request as never)) as unknown as Response
  const socket = response.webSocket!
  const frames: Frame[] = []
  socket.accept()
  socket.addEventListener('message', event => void frames.push(JSON.parse(String(event.data))))
  let end: CloseEvent | undefined
  socket.addEventListener('close', event => {
    end = event
  })
  return { frames, send: text => socket.send(text), closed: () => end }
}

const watchRun = (runId: string) => watch('run', runObjectName(runId, Number(testEnv.RUN_POOL)), `run:live:${runId}`)

const TWO = 'steps:\n  - name: a\n    command: echo a\n  - name: b\n    command: echo b\n'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('the live feed of a run', () => {
  it('sends a snapshot, then only what has changed, up to the end', async () => {
    const release: ((end: StepEnd) => void)[] = []
    await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    const { frames } = await watchRun(runId)
    const snapshot = await eventually(() => frames[0])
    expect(snapshot).toMatchObject({
      type: 'snapshot',
      topic: `run:live:${runId}`,
      run: { dagRunId: runId, statusLabel: 'running' },
    })
    release[0]!({})
    const patch = await eventually(() => frames.find(frame => frame.type === 'patch'))
    expect(patch.nodes.map((node: Frame) => [node.step.name, node.statusLabel])).toContainEqual(['a', 'succeeded'])
    expect(patch.run).not.toHaveProperty('name')
    await evictAllDurableObjects()
    await eventually(() => release.length === 2)
    release[1]!({})
    await ended(runId)
    await eventually(() => frames.some(frame => frame.run?.statusLabel === 'succeeded'))
  })

  it('gives every page the whole picture, whenever it came', async () => {
    const release: ((end: StepEnd) => void)[] = []
    await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    const pages = [await watchRun(runId)]
    for (const index of [0, 1]) {
      await eventually(() => release.length > index)
      release[index]!({})
      for (let i = 0; i < 8; i++) pages.push(await watchRun(runId))
    }
    await ended(runId)
    const picture = ({ frames }: (typeof pages)[number]) =>
      frames.slice(1).reduce((shown, frame) => {
        expect(frame.type).toBe('patch')
        return applyRunPatch(shown, frame)
      }, frames[0].run)
    await eventually(() => pages.every(page => picture(page).statusLabel === 'succeeded'))
    for (const page of pages) expect(picture(page)).toEqual(picture(pages[0]!))
  })

  it('gives the rest of a followed log when its step ends', async () => {
    const release: ((end: StepEnd) => void)[] = []
    const { agent } = await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    const { frames, send } = await watchRun(runId)
    await eventually(() => frames[0])
    send(JSON.stringify({ follow: { step: 'a', stream: 'stdout', offset: 0 } }))
    const follow = await agent.received(frame => frame.type === 'follow' && frame.on)
    expect(follow).toMatchObject({ runId, step: 'a', attempt: 1, stream: 'stdout', offset: 0 })
    agent.send({ type: 'tail', runId, step: 'a', attempt: 1, stream: 'stdout', offset: 0, text: 'né\n', bytes: 4 })
    await eventually(() => frames.find(frame => frame.type === 'log' && frame.text === 'né\n'))
    release[0]!({ stdout: 'né\nrest\n' })
    const rest = await eventually(() => frames.find(frame => frame.type === 'log' && frame.offset === 4))
    expect(rest).toMatchObject({ step: 'a', stream: 'stdout', text: 'rest\n' })
    send(JSON.stringify({ unfollow: true }))
    send('not json')
  })

  it('follows on when the host of a followed log is connected anew', async () => {
    const { agent } = await connectAgent(() => new Promise<StepEnd>(() => {}))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    const { frames, send } = await watchRun(runId)
    await eventually(() => frames.some(frame => frame.run?.statusLabel === 'running'))
    send(JSON.stringify({ follow: { step: 'a', stream: 'stdout', offset: 3 } }))
    await agent.received(frame => frame.type === 'follow' && frame.on)
    agent.frames.length = 0
    agent.cut()
    await agent.connect()
    expect(await agent.received(frame => frame.type === 'follow' && frame.on)).toMatchObject({ runId, offset: 3 })
  })

  it('tells its pages that the run is deleted', async () => {
    await connectAgent()
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    await ended(runId)
    const { frames } = await watchRun(runId)
    await eventually(() => frames[0])
    await run(runId).forget(runId)
    await eventually(() => frames.some(frame => frame.type === 'gone'))
  })

  it('shows no text of a host that has no part in the run', async () => {
    const release: ((end: StepEnd) => void)[] = []
    const { agent } = await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    const stranger = await connectAgent()
    const { frames, send } = await watchRun(runId)
    await eventually(() => frames[0])
    send(JSON.stringify({ follow: { step: 'a', stream: 'stdout', offset: 0 } }))
    await agent.received(frame => frame.type === 'follow' && frame.on)
    const tail = { type: 'tail', runId, step: 'a', attempt: 1, stream: 'stdout', offset: 0, bytes: 4 }
    stranger.agent.send({ ...tail, text: 'bad\n' })
    // What is said after it has been answered.
    stranger.agent.send({ type: 'report', runId: 'nobody', seq: 1, events: [] })
    await stranger.agent.received(frame => frame.type === 'run' && frame.runId === 'nobody')
    agent.send({ ...tail, text: 'own\n' })
    await eventually(() => frames.some(frame => frame.type === 'log'))
    expect(frames.filter(frame => frame.type === 'log').map(frame => frame.text)).toEqual(['own\n'])
  })

  it('ends for a page that has not shown for 15 minutes who it is', async () => {
    const release: ((end: StepEnd) => void)[] = []
    await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag('live', TWO)
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    const old = await watchRun(runId)
    await eventually(() => old.frames[0])
    const realNow = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 16 * 60_000)
    release[0]!({})
    expect((await eventually(() => old.closed())).code).toBe(4401)
    expect(old.frames.map(frame => frame.type)).toEqual(['snapshot'])
  })
})

describe('the live feed of a step that is executed again', () => {
  it('goes on behind the text of the executions before', async () => {
    const release: ((end: StepEnd) => void)[] = []
    const { agent } = await connectAgent(() => new Promise<StepEnd>(resolve => release.push(resolve)))
    const { dag } = await putDag(
      'again',
      'steps:\n  - {name: a, command: "x", retry_policy: {limit: 1, interval_sec: 0}}\n',
    )
    const runId = await startRun(dag)
    await eventually(() => release.length === 1)
    release[0]!({ outcome: 'failed', stdout: 'one\n' })
    await eventually(() => release.length === 2)
    const { frames, send } = await watchRun(runId)
    await eventually(() => frames[0])
    send(JSON.stringify({ follow: { step: 'a', stream: 'stdout', offset: 4 } }))
    const follow = await agent.received(frame => frame.type === 'follow' && frame.on)
    expect(follow).toMatchObject({ step: 'a', attempt: 2, offset: 0 })
    agent.send({ type: 'tail', runId, step: 'a', attempt: 2, stream: 'stdout', offset: 0, text: 'two\n', bytes: 4 })
    await eventually(() => frames.find(frame => frame.type === 'log' && frame.offset === 4 && frame.text === 'two\n'))
    release[1]!({ stdout: 'two\nend\n' })
    await eventually(() => frames.find(frame => frame.type === 'log' && frame.offset === 8 && frame.text === 'end\n'))
  })
})

describe('the live feeds of lists', () => {
  it('send changed lines of runs and DAGs', async () => {
    await connectAgent()
    const runs = await watch('index', 'main', 'runs')
    const dags = await watch('index', 'main', 'dags')
    const { dag } = await putDag('listed', TWO)
    await eventually(() => dags.frames.some(frame => frame.items.some((item: Frame) => item.fileName === 'listed')))
    const runId = await startRun(dag)
    await eventually(() =>
      runs.frames.some(frame => frame.items.some((item: Frame) => item.dagRunId === runId && item.status === 4)),
    )
    await eventually(() =>
      dags.frames.some(frame => frame.items.some((item: Frame) => item.latestDAGRun.dagRunId === runId)),
    )
    const numbers = runs.frames.map(frame => frame.seq)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('send no word that is older than the last one, and name what is removed as they named it', async () => {
    await connectAgent()
    const index = stubOf(testEnv, 'index', 'main')
    const { dag } = await putDag('late', TWO)
    const runs = await watch('index', 'main', 'runs')
    const runId = await startRun(dag)
    const last = () => runs.frames.flatMap(frame => frame.items).findLast((item: Frame) => item.dagRunId === runId)
    await eventually(() => last()?.status === 4)
    const { runs: rows } = await index.runs({ limit: 1 })
    // A word of its Run that its Dag has overtaken, in the same frame as one that is new.
    const [, other] = [await startRun(dag), rows[0]!]
    await index.hint([{ ...other, status: 'running', rev: other.rev - 1 }])
    await eventually(() => runs.frames.flatMap(frame => frame.items).some((item: Frame) => item.dagRunId !== runId))
    expect(last().status).toBe(4)
    await dag.removeRun(runId)
    const removed = await eventually(() => runs.frames.flatMap(frame => frame.removed)[0])
    expect(removed).toBe(`${last().name}/${runId}`)
    await index.hint([{ ...other, status: 'running', rev: other.rev + 1 }])
    await startRun(dag)
    await eventually(() => runs.frames.at(-1).items.some((item: Frame) => item.dagRunId !== runId))
    expect(last().status).toBe(4)
  })
})
