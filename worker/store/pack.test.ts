import { describe, expect, it } from 'vitest'
import { buildPack, type PackInput, readHead, readJournal, readMember, readPackIndex } from './pack.ts'

const run = (runId: string, lines: number, dagHash = 'h1'): PackInput => ({
  runId,
  dagHash,
  dagJson: JSON.stringify({ name: dagHash }),
  checkpoint: JSON.stringify({ runId }),
  journal: Array.from({ length: lines }, (_, i) => ({
    seq: i + 1,
    at: i,
    logs: [],
    data: `{"event":"${'x'.repeat(900)}"}`,
  })),
  texts: [
    ['a/1/stdout', 'hello\n'],
    ['b/1/stdout', 'é😀'.repeat(400_000)],
    ['c/1/stdout', 'after'],
  ],
})

describe('pack', () => {
  const { bytes, heads } = buildPack([run('r1', 3), run('r2', 1500), run('r3', 1, 'h2')])
  const range = ([offset, length]: [number, number]) => bytes.slice(offset, offset + length).buffer
  const head = (runId: string) => readHead(range(heads.get(runId)!))

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
      [...heads].map(([runId, [offset]]) => [runId, offset]),
    )
    expect(readPackIndex(new Uint8Array(20))).toBeNull()
  })
})
