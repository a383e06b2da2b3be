import { describe, expect, it } from 'vitest'
import { splitText } from './parts.ts'

describe('splitText', () => {
  it.each([
    ['', 3, ['']],
    ['abc', 3, ['abc']],
    ['abcdefg', 3, ['abc', 'def', 'g']],
    ['ab😀cd', 3, ['ab', '😀c', 'd']],
    ['😀😀', 1, ['\ud83d', '\ude00', '\ud83d', '\ude00']],
  ])('cuts %j at %d', (text, units, parts) => {
    expect(splitText(text, units)).toEqual(parts)
    expect(parts.join('')).toBe(text)
  })
})
