import { expect, test } from 'vitest'
import {
  formatDuration,
  formatExact,
  formatNodeSpan,
  formatRelative,
  formatSpan,
  parseTime,
  withLocalTimes,
} from './time.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const S = 1_000

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [3_000, '3 s'],
  [3_250, '3.2 s'],
  [42_900, '42 s'],
  [192_000, '3 min 12 s'],
  [7_500_000, '2 h 05 min'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 ms'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  ['2026-11-21T11:59:50Z', '2026-11-21T11:59:50Z', '< 1 s'],
  ['2026-11-21T11:59:50.100Z', '2026-11-21T11:59:50.350Z', '250 ms'],
  ['2026-11-21T11:59:50Z', '', '10 s'],
  ['', '', ''],
  ['-', '-', ''],
])('from %s to %s took %s', (from, to, text) => {
  expect(formatSpan(from, to, NOW)).toBe(text)
})

test.each([
  [NOW - 2 * S, 'just now'],
  [NOW - 12 * S, '12 s ago'],
  [NOW - 200 * S, '3 min ago'],
  [NOW - 7_200 * S, '2 h ago'],
  [NOW - 86_400 * S, '1 day ago'],
  [NOW - 5 * 86_400 * S, '5 days ago'],
  [NOW + 90 * S, 'in 1 min'],
])('%d is %s', (at, text) => {
  expect(formatRelative(at, NOW)).toBe(text)
})

test('exact times name their zone', () => {
  expect(formatExact(NOW, 'UTC')).toBe('2026-11-21 12:00:00 UTC')
  expect(formatExact(NOW, 'Asia/Kolkata')).toBe('2026-11-21 17:30:00 GMT+5:30')
})

test('the words that stand for no time are no time', () => {
  expect(['', '-', 'soon', undefined, null].map(parseTime)).toEqual(Array(5).fill(undefined))
})

test('instants inside a text become clock times', () => {
  expect(withLocalTimes('goes on at 2026-11-21T12:00:05Z, then ends', 'UTC')).toBe('goes on at 12:00:05, then ends')
})

test('a step whose milliseconds are known is timed exactly', () => {
  const node = { startedAt: '2026-11-21T11:59:50Z', finishedAt: '2026-11-21T11:59:50Z' }
  expect(formatNodeSpan({ ...node, startedAtMs: NOW, finishedAtMs: NOW + 137 }, NOW)).toBe('137 ms')
  expect(formatNodeSpan(node, NOW)).toBe('< 1 s')
})
