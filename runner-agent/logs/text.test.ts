import { describe, expect, it } from 'vitest'
import { nextSlice, SEAL_MS, SEGMENT_BYTES } from './shipper.ts'
import { completeLength, countLines, leadingPart } from './text.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')

describe('cutting at character borders', () => {
  it('loses and doubles nothing, wherever a text is cut', () => {
    const whole = bytes('aé€😀z')
    for (let cut = 0; cut <= whole.length; cut++) {
      const head = whole.subarray(0, cut)
      const end = completeLength(head)
      expect(head.subarray(0, end).toString() + whole.subarray(end).toString()).toBe('aé€😀z')
      expect(head.subarray(0, end).toString()).not.toContain('\ufffd')
      const tail = whole.subarray(cut)
      expect(tail.subarray(leadingPart(tail)).toString()).not.toContain('\ufffd')
    }
  })

  it('leaves bytes that are not UTF-8 where they are', () => {
    expect(completeLength(Buffer.from([0x61, 0xff]))).toBe(1)
    expect(completeLength(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(4)
  })
})

it.each([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\nb', 2],
  ['\n\n', 2],
])('%j has %i lines', (text, lines) => expect(countLines(bytes(text))).toBe(lines))

describe('what is sealed next', () => {
  const full = { offset: 0, bytes: SEGMENT_BYTES }
  it.each([
    ['nothing while little is there and young', 0, 1000, undefined, 0, undefined],
    ['a full segment as soon as there is one', 0, SEGMENT_BYTES + 5, undefined, 0, full],
    ['what is there after a minute', 10, 1000, undefined, SEAL_MS, { offset: 10, bytes: 990 }],
    ['nothing after a minute without anything new', 1000, 1000, undefined, SEAL_MS, undefined],
    ['the rest at the end', 10, 1000, 1000, 0, { offset: 10, bytes: 990 }],
    ['no more than the final length, whatever is written later', 10, 5000, 1000, 0, { offset: 10, bytes: 990 }],
    ['the rest in full segments', 0, 3 * SEGMENT_BYTES, 3 * SEGMENT_BYTES, 0, full],
    ['nothing when all is stored', 1000, 1000, 1000, SEAL_MS, undefined],
  ] as const)('%s', (_, sealed, size, final, age, slice) => expect(nextSlice(sealed, size, final, age)).toEqual(slice))
})
