import { expect, test } from 'vitest'
import { choose, fit } from './palette.ts'

test.each([
  ['nightly-backup', 'nig', 0],
  ['nightly-backup', 'back', 1],
  ['nightly-backup', 'ghtly', 2],
  ['nightly-backup', 'nbk', 3],
  ['nightly-backup', 'kbn', undefined],
  ['nightly-backup', '', 0],
])('%s fits %s: %s', (title, typed, rank) => expect(fit(title, typed)).toBe(rank))

test('the best comes first, and equals stay in their order', () => {
  const choices = ['data-load', 'load', 'upload', 'loader'].map(title => ({ title, href: `/${title}`, hint: 'DAG' }))
  expect(choose(choices, 'load', 3).map(({ title }) => title)).toEqual(['load', 'loader', 'data-load'])
})
