/// <reference types="@cloudflare/vitest-plugin/types" />
// Steps at the edge that the world can notice: what they cost, and what a crash in the middle of one makes of it.
import { abortAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { counters, countersByKind, resetCounters } from '../../host/counters.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'

const requests: string[] = []
let answer: () => Promise<Response>

function listen(how: () => Promise<Response>): void {
  requests.length = 0
  answer = how
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    requests.push(`${init.method} ${new URL(url).pathname}`)
    return answer()
  })
}

const taken = async () => new Response('taken', { status: 201 })

afterEach(async () => {
  vi.unstubAllGlobals()
  testEnv.RUN_POOL = '4'
  await reset()
})

const step = (name: string, method: string, more = '') =>
  `  - {name: ${name}, type: http, command: ${method} https://shop.example.com/${name}${more}}\n`

const nodesOf = async (runId: string) =>
  ((await run(runId).details(runId)) as { nodes: Record<string, unknown>[] }).nodes

describe('a step at the edge that has an effect', () => {
  it('costs one row more than one that only reads, and none at the edge: the Run has written its start', async () => {
    testEnv.RUN_POOL = '1'
    listen(taken)
    const rowsOf = async (name: string, text: string) => {
      const { dag } = await putDag(name, text)
      const counted: number[] = []
      for (let i = 0; i < 4; i++) {
        await scheduler.wait(300)
        resetCounters()
        const runId = await startRun(dag)
        await eventually(async () => (await dag.run(runId))?.status === 'succeeded')
        await scheduler.wait(100)
        counted.push(countersByKind.run?.rows ?? 0)
        expect(countersByKind.edge?.rows ?? 0).toBe(0)
      }
      console.log(name, JSON.stringify(counters), counted)
      return Math.min(...counted)
    }
    const reads = await rowsOf('edge-reads', `steps:\n${step('a', 'GET')}`)
    const writes = await rowsOf('edge-writes', `steps:\n${step('a', 'POST')}`)
    expect(writes - reads).toBe(1)
  })

  it('is lost when everything crashes meanwhile, is not sent again, and says that it may have been sent', async () => {
    listen(() => new Promise(() => {}))
    const { dag } = await putDag(
      'edge-lost',
      `steps:\n${step('pay', 'POST', ', continue_on: failure')}${step('after', 'GET')}`,
    )
    const runId = await startRun(dag)
    await eventually(() => requests.length > 0)
    answer = taken
    await abortAllDurableObjects()
    await eventually(
      async () =>
        (
          await run(runId)
            .summary(runId)
            .catch(() => null)
        )?.status === 'partially_succeeded',
    )
    expect(requests).toEqual(['POST /pay', 'GET /after'])
    expect(await nodesOf(runId)).toMatchObject([
      { statusLabel: 'failed', lost: true, attempt: 1, error: expect.stringMatching(/lost: .*may have been sent/) },
      { statusLabel: 'succeeded' },
    ])
  })

  it('is sent again when its retry_policy says so, and one that only reads without being told', async () => {
    listen(() => new Promise(() => {}))
    const { dag } = await putDag(
      'edge-again',
      `steps:\n${step('pay', 'POST', ', retry_policy: {limit: 1, interval_sec: 0}')}`,
    )
    const reads = await putDag('edge-reads-again', `steps:\n${step('look', 'GET')}`)
    const runId = await startRun(dag)
    const other = await startRun(reads.dag)
    await eventually(() => requests.length === 2)
    answer = taken
    await abortAllDurableObjects()
    for (const id of [runId, other])
      await eventually(
        async () =>
          (
            await run(id)
              .summary(id)
              .catch(() => null)
          )?.status === 'succeeded',
      )
    expect([...requests].sort()).toEqual(['GET /look', 'GET /look', 'POST /pay', 'POST /pay'])
    expect([(await nodesOf(runId))[0]?.attempt, (await nodesOf(other))[0]?.attempt]).toEqual([2, 1])
  })

  it('ends at a stop and at its time limit', async () => {
    listen(() => new Promise(() => {}))
    vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
      requests.push('hangs')
      return new Promise((_, reject) => init.signal!.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    const { dag } = await putDag('edge-stop', `steps:\n${step('slow', 'GET')}`)
    const runId = await startRun(dag)
    await eventually(() => requests.length > 0)
    await run(runId).stop(runId, { by: 'me' })
    expect(await ended(runId)).toMatchObject({ status: 'aborted' })
    const limited = await putDag('edge-limit', `steps:\n${step('slow', 'POST', ', timeout_sec: 1')}`)
    const late = await startRun(limited.dag)
    expect(await ended(late)).toMatchObject({ status: 'failed' })
    expect((await nodesOf(late))[0]).toMatchObject({ exitCode: 124, error: 'step timed out after 1 s' })
  })
})
