import { describe, expect, it } from 'vitest'
import { clip, findInText, LineFinder } from './lines.ts'

const TEXT = 'name: backup\nsteps:\n  - command: pg_dump PROD\n  - command: echo done\n'

describe('a search in a text', () => {
  it('answers each hit with a line of context on both sides', () => {
    expect(findInText(TEXT, 'prod', { limit: 10 })).toEqual({
      matches: [{ line: 'steps:\n  - command: pg_dump PROD\n  - command: echo done', lineNumber: 3, startLine: 2 }],
      hasMore: false,
    })
    expect(findInText(TEXT, 'name', { limit: 10 }).matches).toEqual([
      { line: 'name: backup\nsteps:', lineNumber: 1, startLine: 1 },
    ])
  })

  it('goes on behind a line, and says that there is more', () => {
    const first = findInText(TEXT, 'command', { limit: 1 })
    expect(first).toMatchObject({ matches: [{ lineNumber: 3 }], hasMore: true })
    expect(findInText(TEXT, 'command', { limit: 1, after: 3 })).toMatchObject({
      matches: [{ lineNumber: 4 }],
      hasMore: false,
    })
  })

  it('takes signs of patterns as they are, and finds nothing for nothing', () => {
    expect(findInText('a.*b\naxxb', 'A.*B', { limit: 5 }).matches).toHaveLength(1)
    expect(findInText(TEXT, '', { limit: 5 }).matches).toEqual([])
  })

  it('shows the part of a long line that has the hit', () => {
    const line = `${'x'.repeat(5_000)}needle${'y'.repeat(5_000)}`
    const shown = clip(line, 5_000)
    expect(shown).toContain('needle')
    expect(shown.length).toBeLessThan(510)
  })
})

describe('a search in a stream', () => {
  const find = (pieces: string[], wanted: string) => {
    const found: [string, number][] = []
    const finder = new LineFinder(wanted, 1, (line, n) => found.push([line, n]))
    for (const piece of pieces) finder.push(piece)
    finder.end()
    return found
  }

  it('finds the same however the text is cut', () => {
    const text = 'one ERROR\r\ntwo\nthree error here\nlast Error'
    const whole = find([text], 'error')
    expect(whole).toEqual([
      ['one ERROR', 1],
      ['three error here', 3],
      ['last Error', 4],
    ])
    for (let size = 1; size < 9; size++) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      )
      expect(find(pieces, 'error')).toEqual(whole)
    }
  })

  it('finds a hit across the cut of an endless line, and keeps little of it', () => {
    const pieces = [`${'z'.repeat(70_000)}nee`, `dle${'z'.repeat(70_000)}`, '\nnext needle\n']
    expect(find(pieces, 'needle').map(([, n]) => n)).toEqual([1, 2])
  })
})
