import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEGMENT_BYTES } from './logs/shipper.ts'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

const sha = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')

/** The segments of a stream as the events name them, checked against what was put. */
const segmentsOf = (runId: string, step: string) =>
  fixture.control
    .eventsOf(runId)
    .filter(event => event.type === 'segment')
    .filter(event => event.step === step)

const content = (runId: string, step: string): Buffer =>
  Buffer.concat(
    segmentsOf(runId, step).map(({ attempt, stream, seq, sha256, bytes }) => {
      const data = fixture.control.segments.get(`${runId}/${step}/${attempt}/${stream}/${seq}`) as Buffer
      expect(data.length).toBe(bytes)
      expect(sha(data)).toBe(sha256)
      return data
    }),
  )

describe('a log', () => {
  it('that is big arrives in segments without gap or overlap, and the step does not wait for them', async () => {
    const { control } = fixture
    control.putStatus = 503
    const lines = 400_000
    const run = control.startRun(
      dagOf(`steps: [{ name: big, command: "seq 1000000 1399999 | sed 's/$/ some filling text to make it long/'" }]`),
    )
    await control.planEnded(run)
    const end = control.finished(run.runId)[0]?.stdout
    expect(end).toMatchObject({ lines })
    expect(end?.text).toBeUndefined()
    control.putStatus = 201
    const sum = () => segmentsOf(run.runId, 'big').reduce((bytes, segment) => bytes + segment.bytes, 0)
    await control.until(() => sum() === end?.bytes, 'all segments')
    const segments = segmentsOf(run.runId, 'big')
    expect(segments.map(({ seq, offset }) => [seq, offset])).toEqual(segments.map((_, i) => [i + 1, i * SEGMENT_BYTES]))
    expect(segments.reduce((count, segment) => count + segment.lines, 0)).toBe(lines)
    const text = content(run.runId, 'big').toString()
    expect(text.length).toBe(end?.bytes)
    expect(text.split('\n').slice(0, -1)).toEqual(
      Array.from({ length: lines }, (_, i) => `${1_000_000 + i} some filling text to make it long`),
    )
  })

  it('that is not UTF-8 arrives byte for byte', async () => {
    const { control } = fixture
    const run = control.startRun(dagOf(`steps: [{ name: raw, command: "printf '\\\\377\\\\000\\\\376'" }]`))
    await control.planEnded(run)
    await control.until(() => segmentsOf(run.runId, 'raw').length === 1, 'the segment')
    expect([...content(run.runId, 'raw')]).toEqual([0xff, 0, 0xfe])
  })

  it('can be read in parts and followed while the step writes, at whole characters', async () => {
    const { control, dir } = fixture
    const run = control.startRun(
      dagOf(
        `steps: [{ name: live, command: "printf 'grüße\\\\n'; while [ ! -e ${dir}/end ]; do sleep 0.02; done; echo end" }]`,
      ),
    )
    await control.until(() => control.started(run.runId)[0], 'the start')
    const key = { runId: run.runId, step: 'live', attempt: 1, stream: 'stdout' as const }
    const tail = () =>
      control.frames.flatMap(frame => (frame.type === 'tail' && frame.runId === run.runId ? [frame.text] : [])).join('')
    control.send({ type: 'follow', ...key, offset: 0, on: true })
    await control.until(() => tail() === 'grüße\n', 'the tail')
    control.send({ type: 'read', id: 'r1', ...key, offset: 0, bytes: 3 })
    control.send({ type: 'read', id: 'r2', ...key, offset: -3, bytes: 100 })
    const answer = (id: string) => control.frames.find(frame => frame.type === 'read_result' && frame.id === id)
    expect(await control.until(() => answer('r1'))).toMatchObject({ text: 'gr', bytes: 2, offset: 0, size: 8 })
    expect(await control.until(() => answer('r2'))).toMatchObject({ text: 'e\n', bytes: 2, offset: 6 })
    appendFileSync(join(dir, 'end'), '')
    await control.planEnded(run)
    await control.until(() => tail() === 'grüße\nend\n', 'the rest')
  })
})
