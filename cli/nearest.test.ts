import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test.each([
  ['stauts', 'status'],
  ['strat', 'start'],
  ['hist', 'history'],
  ['dequeu', 'dequeue'],
  ['frobnicate', undefined],
])('%s probably means %s', (word, meant) => {
  expect(nearest(word, ['start', 'stop', 'status', 'history', 'queue', 'dequeue'])).toBe(meant)
})
