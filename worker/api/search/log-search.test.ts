import { describe, expect, it } from 'vitest'
import type { LogSearch, RunSummary, StepLogIndex } from '../../objects/contracts.ts'
import { summary } from '../testing/fake-dag.ts'
import { MemoryBlobs } from '../testing/world.ts'
import { type LogFound, searchManyLogs } from './log-search.ts'

/** Runs `r0`, `r1`, ... newest first, and what each answers. */
function installation(
  n: number,
  answer: (runId: string) => Partial<LogSearch> | null,
  onHost: string | null | (() => null) = null,
) {
  const runs: RunSummary[] = Array.from({ length: n }, (_, i) => summary({ runId: `r${i}`, createdAt: n - i }))
  const blobs = new MemoryBlobs()
  const asked: string[] = []
  const objects = {
    index: {
      runs: async ({ limit, cursor }: { limit: number; cursor?: string }) => {
        const from = Number(cursor ?? 0)
        const next = from + limit
        return { runs: runs.slice(from, next), ...(next < n ? { nextCursor: String(next) } : {}) }
      },
    },
    runner: {
      read: async ({ offset, bytes }: { offset: number; bytes: number }) => {
        const log = typeof onHost === 'function' ? onHost() : onHost
        const text = log?.slice(offset, offset + bytes)
        return text === undefined ? null : { text, offset, bytes: text.length, size: log!.length }
      },
    },
    run: {
      searchLogs: async (runId: string) => {
        asked.push(runId)
        const found = answer(runId)
        return found && { name: 'd', called: [], hits: [], looked: 0, elsewhere: [], ...found }
      },
    },
  }
  const deps = {
    object: (kind: 'index' | 'run' | 'runner') => objects[kind],
    blobs,
    now: () => 0,
    settings: { runPool: 1 },
  } as unknown as Parameters<typeof searchManyLogs>[0]
  return { deps, blobs, asked }
}

const WHERE: StepLogIndex = {
  inline: null,
  segments: [],
  bytes: null,
  lines: null,
  dropped: 0,
  live: { runnerId: 'r-1', step: 'a', attempt: 1 },
}

async function all(found: AsyncGenerator<LogFound>): Promise<LogFound[]> {
  const list: LogFound[] = []
  for await (const one of found) list.push(one)
  return list
}

const hit = (lineNumber: number) => ({ step: 'a', attempt: 1, stream: 'stdout' as const, line: 'x', lineNumber })

describe('a search in many logs', () => {
  it('answers newest first and says that it has seen everything', async () => {
    const { deps } = installation(20, () => ({ hits: [hit(1)], looked: 10, elsewhere: [] }))
    const found = await all(searchManyLogs(deps, { text: 'x', limit: 100 }))
    expect(found.flatMap(one => (one.type === 'hit' ? [one.run.runId] : []))).toEqual(
      Array.from({ length: 20 }, (_, i) => `r${i}`),
    )
    expect(found.at(-1)).toEqual({ type: 'end', reason: 'complete', runs: 20, bytes: 200, unsearched: 0 })
  })

  it('looks at called runs too, and says which', async () => {
    const called: Record<string, string[]> = { r0: ['k1', 'k2'], k2: ['k3'] }
    const { deps } = installation(1, id => ({ name: `dag of ${id}`, called: called[id] ?? [], hits: [hit(1)] }))
    const found = await all(searchManyLogs(deps, { text: 'x', limit: 100 }))
    const where = found.flatMap(one =>
      one.type === 'hit' ? [[one.run.runId, one.hit.subDagName, one.hit.subDagRunId]] : [],
    )
    expect(where).toEqual([
      ['r0', undefined, undefined],
      ['r0', 'dag of k1', 'k1'],
      ['r0', 'dag of k2', 'k2'],
      ['r0', 'dag of k3', 'k3'],
    ])
  })

  it('stops at its limit with a cursor, from which nothing is missed or shown twice', async () => {
    const { deps } = installation(20, () => ({ hits: [hit(1)], looked: 1, elsewhere: [] }))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const found = await all(searchManyLogs(deps, { text: 'x', limit: 5, ...(cursor ? { cursor } : {}) }))
      seen.push(...found.flatMap(one => (one.type === 'hit' ? [one.run.runId] : [])))
      const last = found.at(-1)
      cursor = last?.type === 'end' ? last.cursor : undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `r${i}`))
  })

  it('looks at a bounded number of runs, however rare the text is', async () => {
    const { deps, asked } = installation(5_000, () => ({ hits: [], looked: 0, elsewhere: [] }))
    const found = await all(searchManyLogs(deps, { text: 'x', limit: 5 }))
    expect(found).toEqual([{ type: 'end', reason: 'runs', runs: 400, bytes: 0, unsearched: 0, cursor: '400' }])
    expect(asked).toHaveLength(400)
  })

  it('reads sealed segments as one log, also where a line lies across two of them', async () => {
    const parts = ['first\nsecond nee', 'dle here\nthird\n']
    const segments = parts.map((part, i) => ({
      key: `k${i}`,
      offset: i * parts[0]!.length,
      bytes: part.length,
      lines: 1,
    }))
    const { deps, blobs } = installation(1, () => ({
      hits: [],
      looked: 0,
      elsewhere: [
        {
          step: 'a',
          attempt: 2,
          stream: 'stderr',
          index: { ...WHERE, segments, live: null, bytes: parts.join('').length },
        },
      ],
    }))
    for (const [i, part] of parts.entries()) await blobs.put(`k${i}`, part)
    const [first, end] = await all(searchManyLogs(deps, { text: 'NEEDLE', limit: 5 }))
    expect(first).toMatchObject({
      type: 'hit',
      hit: { step: 'a', attempt: 2, stream: 'stderr', line: 'second needle here', lineNumber: 2 },
    })
    expect(end).toMatchObject({ reason: 'complete', bytes: parts.join('').length })
  })

  const ofRunning = { elsewhere: [{ step: 'a', attempt: 1, stream: 'stdout' as const, index: WHERE }] }

  it('asks the host for what has not come yet, and says how much was too much to ask for', async () => {
    const log = 'x'.repeat(100).concat('\nneedle\n', `${'y'.repeat(99)}\n`.repeat(40_000))
    const { deps } = installation(1, () => ofRunning, log)
    const [hit, rest, end] = await all(searchManyLogs(deps, { text: 'needle', limit: 5 }))
    expect(hit).toMatchObject({ type: 'hit', hit: { step: 'a', line: 'needle', lineNumber: 2 } })
    expect(rest).toMatchObject({
      type: 'unsearched',
      log: { step: 'a', why: expect.stringContaining('bytes of the log') },
    })
    expect(end).toMatchObject({ reason: 'complete', unsearched: 1, bytes: 2 * 1024 * 1024 })
  })

  it('says what it could not look at since its host does not answer', async () => {
    const { deps } = installation(1, () => ofRunning, null)
    const [left, end] = await all(searchManyLogs(deps, { text: 'needle', limit: 5 }))
    expect(left).toMatchObject({
      type: 'unsearched',
      run: { runId: 'r0' },
      log: { stream: 'stdout', why: 'the log is on runner r-1, which does not answer' },
    })
    expect(end).toMatchObject({ type: 'end', reason: 'complete', unsearched: 1 })
  })

  it('asks a host that does not answer once, however much of it there is to search', async () => {
    let asked = 0
    const one = ofRunning.elsewhere[0]!
    const { deps } = installation(
      20,
      () => ({ elsewhere: [one, { ...one, stream: 'stderr' as const }] }),
      () => {
        asked++
        return null
      },
    )
    const found = await all(searchManyLogs(deps, { text: 'needle', limit: 5 }))
    expect(found.at(-1)).toMatchObject({ reason: 'complete', unsearched: 40 })
    // Runs that are looked at together may each have asked.
    expect(asked).toBeLessThanOrEqual(8)
  })
})
