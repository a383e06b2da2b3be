import { describe, expect, it } from 'vitest'
import {
  buildPack,
  copyPack,
  type PackInput,
  type Range,
  readHead,
  readJournal,
  readMember,
  readPackIndex,
} from './pack.ts'

const TEXTS: [string, string][] = [
  ['a/1/stdout', 'hello\n'],
  ['b/1/stdout', 'é😀'.repeat(400_000)],
  ['c/1/stdout', 'after'],
]

const run = (runId: string, lines: number, dagHash = 'h1'): PackInput => ({
  runId,
  dagHash,
  dagJson: JSON.stringify({ name: dagHash }),
  checkpoint: JSON.stringify({ runId }),
  rows: Array.from({ length: lines }, (_, i) => ({
    line: { seq: i + 1, at: i, logs: [], data: `{"event":"${'x'.repeat(900)}"}` },
    ...(i === 0 ? { texts: TEXTS } : {}),
  })),
})

describe('pack', () => {
  const { bytes, runs } = buildPack([run('r1', 3), run('r2', 1500), run('r3', 1, 'h2')])
  const range = ([offset, length]: [number, number]) => bytes.slice(offset, offset + length).buffer
  const head = (runId: string) => readHead(range(runs.get(runId)!.head))

  it('gives back state, definition, journal and log texts by byte ranges alone', () => {
    for (const [runId, lines, dag] of [
      ['r1', 3, 'h1'],
      ['r2', 1500, 'h1'],
      ['r3', 1, 'h2'],
    ] as const) {
      const found = head(runId)
      expect(JSON.parse(found.checkpoint)).toEqual({ runId })
      expect(JSON.parse(readMember(range(found.dag)))).toEqual({ name: dag })
      const journal = found.journal.flatMap(member => readJournal(readMember(range(member))))
      expect(journal.map(line => line.seq)).toEqual(Array.from({ length: lines }, (_, i) => i + 1))
      const text = (key: string) => {
        const [member, start, length] = found.logs[key]!
        return readMember(range(found.texts[member]!)).slice(start, start + length)
      }
      expect([text('a/1/stdout'), text('b/1/stdout') === 'é😀'.repeat(400_000), text('c/1/stdout')]).toEqual([
        'hello\n',
        true,
        'after',
      ])
    }
  })

  it('shares a definition between runs', () => {
    expect(head('r1').dag).toEqual(head('r2').dag)
    expect(head('r3').dag).not.toEqual(head('r1').dag)
  })

  it('lists its runs in its own index', () => {
    expect(readPackIndex(bytes)?.map(entry => [entry.runId, entry.offset])).toEqual(
      [...runs].map(([runId, { head: at }]) => [runId, at[0]]),
    )
    expect(readPackIndex(new Uint8Array(20))).toBeNull()
  })
  it('is copied without the runs that are gone, and what stays reads the same', async () => {
    const copy = await copyPack(['r2', 'r3'].map(head), async (_, at: Range) => new Uint8Array(range(at)))
    expect(copy.bytes.byteLength).toBeLessThan(bytes.byteLength)
    expect(readPackIndex(copy.bytes)?.map(entry => entry.runId)).toEqual(['r2', 'r3'])
    const [offset, length] = copy.runs.get('r2')!.head
    const cut = (at: Range) => copy.bytes.slice(at[0], at[0] + at[1]).buffer
    const moved = readHead(cut([offset, length]))
    expect(moved.journal.flatMap(member => readJournal(readMember(cut(member))))).toHaveLength(1500)
    const [member, start, size] = moved.logs['c/1/stdout']!
    expect(readMember(cut(moved.texts[member]!)).slice(start, start + size)).toBe('after')
    expect(JSON.parse(readMember(cut(moved.dag)))).toEqual({ name: 'h1' })
  })
})
