import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LogBuffer, splitLines } from './log-buffer.ts'

const loaded = (content: string, rest: object = {}) => {
  const buffer = new LogBuffer()
  buffer.reset({ content, ...rest })
  return buffer
}
const bytes = (text: string) => new TextEncoder().encode(text).length

test('a tail knows the numbers of its lines', () => {
  const buffer = loaded('c\nd\n', { lineCount: 2, totalLines: 4, hasMore: true, endOffset: 8 })
  expect([buffer.firstLine, buffer.lines, buffer.endOffset]).toEqual([3, ['c', 'd'], 8])
})

test('live text continues an unfinished line', () => {
  const buffer = loaded('one\ntw', { endOffset: 6 })
  expect(buffer.append(6, 'o\nthree\n')).toBe(true)
  expect(buffer.lines).toEqual(['one', 'two', 'three'])
})

test('text that came before is taken once, also in part and in the middle of wide characters', () => {
  const buffer = loaded('grün\n')
  expect(buffer.append(0, 'grün\nblau\n')).toBe(true)
  expect(buffer.append(0, 'grün\n')).toBe(true)
  expect(buffer.lines).toEqual(['grün', 'blau'])
})

test('a gap is reported and changes nothing', () => {
  const buffer = loaded('one\n')
  expect(buffer.append(100, 'later\n')).toBe(false)
  expect(buffer.lines).toEqual(['one'])
})

test('an answer joined from lines lacks its last newline, and live text behind it still starts a new line', () => {
  const buffer = loaded('one\ntwo', { totalLines: 2 })
  expect(buffer.append(8, 'three\n')).toBe(true)
  expect(buffer.lines).toEqual(['one', 'two', 'three'])
})

test('a tail without an offset takes the first live text as its continuation', () => {
  const buffer = loaded('y\nz\n', { totalLines: 9, hasMore: true })
  expect(buffer.endOffset).toBeUndefined()
  expect(buffer.append(500, 'new\n')).toBe(true)
  expect([buffer.lines.at(-1), buffer.endOffset]).toEqual(['new', 504])
})

test('a tail that was loaded again keeps the lines before it', () => {
  const buffer = loaded('a\nb\n', { endOffset: 4 })
  buffer.merge({ content: 'b\nc\n', totalLines: 3, hasMore: true, endOffset: 6 })
  expect([buffer.firstLine, buffer.lines]).toEqual([1, ['a', 'b', 'c']])
})

test.each([
  ['behind a gap', { content: 'z\n', totalLines: 50, hasMore: true, endOffset: 100 }, 50],
  ['of a log that began anew', { content: 'n\n', totalLines: 1, endOffset: 2 }, 1],
  ['without an offset', { content: 'y\n', totalLines: 7, hasMore: true }, 7],
])('a tail %s replaces what is held', (_, answer, firstLine) => {
  const buffer = loaded('a\nb\n', { endOffset: 4 })
  buffer.merge(answer)
  expect([buffer.firstLine, buffer.lines.length]).toEqual([firstLine, 1])
})

test('earlier pages go in front', () => {
  const buffer = loaded('c\n', { totalLines: 3, hasMore: true })
  buffer.prepend('a\nb\n')
  expect([buffer.firstLine, buffer.lines]).toEqual([1, ['a', 'b', 'c']])
})

test('however a text is cut into frames, and whichever come twice, its lines come out the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '€', '\n') }), { minLength: 1 }),
      fc.nat(),
      (frames, again) => {
        const buffer = loaded('')
        let offset = 0
        frames.forEach((text, index) => {
          expect(buffer.append(offset, text)).toBe(true)
          if (index === again % frames.length) expect(buffer.append(offset, text)).toBe(true)
          offset += bytes(text)
        })
        expect(buffer.lines).toEqual(splitLines(frames.join('')))
      },
    ),
  )
})
