import { beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../auth/hash.ts'
import { signText, signUpload, uploadKey } from '../../auth/upload-key.ts'
import type { StepLogIndex } from '../../objects/contracts.ts'
import { logSegmentKey, runDay } from '../../store/keys.ts'
import { summary } from '../testing/fake-dag.ts'
import { fakeDetails } from '../testing/fake-details.ts'
import { createWorld, SIGNING_KEY, type World } from '../testing/world.ts'

type Json = Record<string, unknown>
const TEXT = Array.from({ length: 1000 }, (_, line) => `line ${line + 1} ünï\n`).join('')
const bytes = new TextEncoder().encode(TEXT)
const lineCount = (part: Uint8Array): number => part.filter(byte => byte === 10).length
const NO_INDEX: StepLogIndex = { inline: null, segments: [], bytes: null, lines: null, dropped: 0, live: null }
const LIVE = { runnerId: 'r-1', step: 'a', attempt: 1 }

let world: World

beforeEach(async () => {
  world = await createWorld()
  const dag = await world.addDag('hello')
  dag.rows.push(summary({ runId: 'r1', dagId: 'dag-1' }))
  world.runs.known.set('r1', fakeDetails({}))
})

/** Cuts the text at these byte positions: all pieces but the last are sealed segments. */
async function seal(cuts: number[]): Promise<StepLogIndex['segments']> {
  const edges = [0, ...cuts]
  const segments: StepLogIndex['segments'] = []
  for (let seq = 0; seq + 1 < edges.length; seq++) {
    const part = bytes.slice(edges[seq], edges[seq + 1])
    const key = `segment-${seq}`
    await world.blobs.put(key, part)
    segments.push({ key, offset: edges[seq] ?? 0, bytes: part.byteLength, lines: lineCount(part) })
  }
  return segments
}

/** The same text in each place where a log can be. */
const PLACES: [string, () => Promise<StepLogIndex>][] = [
  ['inline', async () => ({ ...NO_INDEX, inline: TEXT, bytes: bytes.byteLength, lines: 1000 })],
  [
    'in one segment',
    async () => ({ ...NO_INDEX, segments: await seal([bytes.length]), bytes: bytes.length, lines: 1000 }),
  ],
  [
    'in segments cut inside lines and characters',
    async () => ({
      ...NO_INDEX,
      segments: await seal([5, 4096, 4098, 9001, bytes.length]).then(list => list.reverse()),
      bytes: bytes.length,
      lines: 1000,
    }),
  ],
  [
    'in three executions of its step',
    async () => {
      const cuts = [4098, 9001]
      const part = (from: number, to: number) => new TextDecoder().decode(bytes.slice(from, to))
      const [first = 0, second = 0] = cuts.map(cut => bytes.indexOf(10, cut) + 1)
      const inline = (from: number, to: number) => ({ ...NO_INDEX, inline: part(from, to), bytes: to - from })
      await world.blobs.put('segment-second', bytes.slice(first, second))
      const segment = {
        key: 'segment-second',
        offset: 0,
        bytes: second - first,
        lines: lineCount(bytes.slice(first, second)),
      }
      const sealed = { ...NO_INDEX, segments: [segment], bytes: second - first, lines: segment.lines }
      return { ...inline(second, bytes.length), earlier: [inline(0, first), sealed] }
    },
  ],
  [
    'in segments and live',
    async () => {
      world.runner.files.set('r1/a/stdout', bytes)
      return { ...NO_INDEX, segments: await seal([4096, 9000]), live: LIVE }
    },
  ],
  [
    'live only',
    async () => {
      world.runner.files.set('r1/a/stdout', bytes)
      return { ...NO_INDEX, live: LIVE }
    },
  ],
]

const pageAt = async (query: string): Promise<Json> => {
  const answer = await world.ask('GET', `dag-runs/hello/r1/steps/a/log${query}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Json
}
const lines = (from: number, to: number): string =>
  TEXT.split('\n')
    .slice(from - 1, to)
    .map(line => `${line}\n`)
    .join('')

describe.each(PLACES)('a log %s', (_, place) => {
  beforeEach(async () => {
    world.runs.logs.set('r1/a/stdout', await place())
  })

  it.each([
    ['?head=3', 1, 3, true],
    ['?tail=2', 999, 1000, true],
    ['?offset=500&limit=2', 500, 501, true],
    ['?offset=999&limit=10', 999, 1000, false],
    ['?offset=1001&limit=5', 1, 0, false],
    ['', 1, 1000, false],
    ['?tail=5000', 1, 1000, false],
  ] as const)('answers %s with lines %i to %i', async (query, from, to, hasMore) => {
    const page = await pageAt(query)
    expect(page).toMatchObject({ content: lines(from, to), lineCount: to - from + 1, totalLines: 1000, hasMore })
  })

  it('says where its page ends in bytes, so that live text goes on without a gap', async () => {
    const { startOffset, endOffset } = await pageAt('?offset=500&limit=2')
    expect(new TextDecoder().decode(bytes.slice(Number(startOffset), Number(endOffset)))).toBe(lines(500, 501))
    expect(await pageAt('?tail=1')).toMatchObject({ endOffset: bytes.length })
  })

  it('is downloaded whole', async () => {
    const answer = await world.ask('GET', 'dag-runs/hello/r1/steps/a/log/download?stream=stdout')
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="r1.a.stdout.log"')
    expect(await answer.text()).toBe(TEXT)
  })
})

describe('a log', () => {
  it('without a last newline counts its last line', async () => {
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, inline: 'one\ntwo' })
    expect(await pageAt('?tail=1')).toMatchObject({ content: 'two', lineCount: 1, totalLines: 2, hasMore: true })
    const part = new TextEncoder().encode('one\ntwo')
    await world.blobs.put('s', part)
    const segments = [{ key: 's', offset: 0, bytes: part.length, lines: 1 }]
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, segments })
    expect(await pageAt('')).toMatchObject({ content: 'one\ntwo', lineCount: 2, totalLines: 2 })
  })

  it('that is empty is empty', async () => {
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, inline: '' })
    expect(await pageAt('?tail=10')).toMatchObject({ content: '', lineCount: 0, totalLines: 0, hasMore: false })
  })

  it('whose host is silent shows what is sealed', async () => {
    world.runner.connected = false
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, segments: await seal([4096]), live: LIVE })
    expect(await pageAt('?head=1')).toMatchObject({ content: lines(1, 1) })
    const text = await (await world.ask('GET', 'dag-runs/hello/r1/steps/a/log/download')).text()
    expect(new TextEncoder().encode(text).length).toBe(4096)
  })

  it('that has lost a part says so in its place', async () => {
    const segments = await seal([4096, bytes.length])
    await world.blobs.delete(['segment-1'])
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, segments, bytes: bytes.length, lines: 1000 })
    const text = await (await world.ask('GET', 'dag-runs/hello/r1/steps/a/log/download')).text()
    expect(text).toContain(`[${bytes.length - 4096} bytes of this log are not available]`)
  })

  it('is not read from its beginning for a page at its end or in its middle', async () => {
    const segment = new TextEncoder().encode(`${'x'.repeat(99)}\n`.repeat(20_000))
    const segments: StepLogIndex['segments'] = []
    for (let seq = 0; seq < 20; seq++) {
      await world.blobs.put(`big-${seq}`, segment)
      segments.push({ key: `big-${seq}`, offset: seq * segment.length, bytes: segment.length, lines: 20_000 })
    }
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, segments, bytes: 20 * segment.length, lines: 400_000 })
    world.blobs.reads = 0
    expect(await pageAt('?tail=200')).toMatchObject({ lineCount: 200, totalLines: 400_000 })
    expect(world.blobs.reads).toBe(1)
    expect(await pageAt('?offset=200101&limit=50')).toMatchObject({ lineCount: 50, startOffset: 200_100 * 100 })
    expect(world.blobs.reads).toBe(2)
  })

  it('of one endless line is cut at the size of a page', async () => {
    world.runs.logs.set('r1/a/stdout', { ...NO_INDEX, inline: 'x'.repeat(3_000_000) })
    const page = await pageAt('?tail=1')
    expect(String(page.content).length).toBeLessThanOrEqual(1_100_000)
    expect(page).toMatchObject({ hasMore: true })
    expect(await pageAt('?head=1')).toMatchObject({ endOffset: 1024 * 1024, hasMore: true })
  })

  it('of a step that the run does not have is 404, and of one that has not begun is empty', async () => {
    expect((await world.ask('GET', 'dag-runs/hello/r1/steps/nope/log')).status).toBe(404)
    await world.ask('POST', 'dags/hello/enqueue', { body: { dagRunId: 'q1' } })
    expect(await (await world.ask('GET', 'dag-runs/hello/q1/steps/a/log')).json()).toMatchObject({ content: '' })
    expect((await world.ask('GET', 'dag-runs/hello/q1/steps/nope/log')).status).toBe(404)
  })

  it('of the engine is one line per event', async () => {
    world.runs.eventLines.set('r1', ['time=1 level=INFO msg=started', 'time=2 level=INFO msg=finished'])
    const answer = await world.ask('GET', 'dag-runs/hello/r1/log?tail=1')
    expect(await answer.json()).toMatchObject({
      content: 'time=2 level=INFO msg=finished\n',
      lineCount: 1,
      totalLines: 2,
      hasMore: true,
    })
  })
})

const RUNNER = 'credential-of-a-runner'
const enrolled = (of: typeof world, runnerId = 'r-1') =>
  sha256Hex(RUNNER).then(hash =>
    of.directory.principals.set(hash, { kind: 'runner', id: runnerId, name: 'host', role: 'runner', until: null }),
  )

describe('uploading a segment', () => {
  beforeEach(() => enrolled(world).then(() => {}))

  const name = { runId: '20261121_113255_ab', step: 'a b/c', attempt: 2, stream: 'stdout', seq: 3 } as const
  const path = 'runner/logs/20261121_113255_ab/a%20b%2Fc/2/stdout/3'
  const put = async (
    raw: string,
    signed = name as Parameters<typeof signUpload>[1],
    headers = {},
    key = SIGNING_KEY,
  ) => {
    const signature = await signUpload(await uploadKey(key, signed.runId), signed)
    return world.ask('PUT', path, {
      token: RUNNER,
      raw,
      headers: { 'content-length': String(raw.length), 'x-edgedag-signature': signature, ...headers },
    })
  }

  it('stores it under its key, once', async () => {
    expect((await put('first')).status).toBe(201)
    expect((await put('second')).status).toBe(200)
    expect([...world.blobs.held].map(([key, body]) => [key, new TextDecoder().decode(body)])).toEqual([
      ['logs/2026-11-21/20261121_113255_ab/a%20b%2Fc/2/stdout/3', 'first'],
    ])
    expect(logSegmentKey(name)).toBe('logs/2026-11-21/20261121_113255_ab/a%20b%2Fc/2/stdout/3')
  })

  it.each([
    ['another run', { ...name, runId: 'other' }],
    ['another step', { ...name, step: 'b' }],
    ['another attempt', { ...name, attempt: 1 }],
    ['another stream', { ...name, stream: 'stderr' }],
    ['another number', { ...name, seq: 4 }],
  ] as const)('is refused with the signature of %s', async (_, other) => {
    expect((await put('x', other)).status).toBe(401)
    expect(world.blobs.held.size).toBe(0)
  })

  it('is refused without a signature, with a broken one, and with one of another installation', async () => {
    expect((await put('x', name, { 'x-edgedag-signature': '' })).status).toBe(401)
    expect((await put('x', name, { 'x-edgedag-signature': 'ü' })).status).toBe(401)
    expect((await put('x', name, {}, 'another signing key')).status).toBe(401)
  })

  it('is refused without a length and above 16 MiB', async () => {
    expect((await put('x', name, { 'content-length': 'many' })).status).toBe(411)
    expect((await put('x', name, { 'content-length': String(16 * 1024 * 1024 + 1) })).status).toBe(413)
  })
})

describe('what a host stores', () => {
  const runId = '20261121_113255_ab'
  const putAs = async (runnerId: string, token: string) => {
    const signature = await signText(await uploadKey(SIGNING_KEY, runId), `${runId}/artifacts/${runnerId}/1`)
    const headers = { 'content-length': '1', 'x-edgedag-signature': signature }
    return (await world.ask('PUT', `runner/artifacts/${runId}/${runnerId}/1`, { token, raw: 'x', headers })).status
  }

  it('is its own: the key of a run is shared by all its hosts, and opens nothing without a credential', async () => {
    await enrolled(world)
    expect(await putAs('r-2', RUNNER)).toBe(403)
    expect(await putAs('r-1', '')).toBe(401)
    expect(await putAs('r-1', RUNNER)).toBe(201)
  })

  it('is refused with the key of a run alone, as a revoked runner still has it', async () => {
    const name = { runId, step: 'a', attempt: 1, stream: 'stdout', seq: 0 } as const
    const signature = await signUpload(await uploadKey(SIGNING_KEY, runId), name)
    const headers = { 'content-length': '1', 'x-edgedag-signature': signature }
    const put = (token: string) =>
      world.ask('PUT', `runner/logs/${runId}/a/1/stdout/0`, { token, raw: 'x', headers }).then(({ status }) => status)
    expect([await put(''), await put('revoked-credential-1')]).toEqual([401, 401])
    const payload = await world.ask('GET', `runner/payloads/${runId}/${'0'.repeat(24)}`, { token: '', headers })
    expect(payload.status).toBe(401)
    expect(world.blobs.held.size).toBe(0)
  })
})

describe('the day of a run', () => {
  it.each([
    ['20261121_113255_ab', '2026-11-21'],
    ['20261399_113255_ab', 'undated'],
    ['r1', 'undated'],
    ['../../x', 'undated'],
  ])('%s is %s', (runId, day) => expect(runDay(runId)).toBe(day))
})
