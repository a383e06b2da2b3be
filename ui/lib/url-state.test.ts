import fc from 'fast-check'
import { expect, test } from 'vitest'
import { takeToken } from '../api/auth.ts'
import { lineOf } from '../logs/line-link.ts'
import { dagPath, linePath, parseRoute, runPath, withSearch } from './url-state.ts'

test.each([
  ['/', { page: 'home' }],
  ['/dags', { page: 'dags' }],
  ['/dags/etl', { page: 'dag', file: 'etl', tab: 'latest' }],
  ['/dags/etl/spec', { page: 'dag', file: 'etl', tab: 'spec' }],
  ['/dags/etl/nope', { page: 'not-found' }],
  ['/dag-runs', { page: 'runs' }],
  ['/dag-runs/etl/r1', { page: 'run', name: 'etl', id: 'r1' }],
  ['/dag-runs/etl', { page: 'not-found' }],
  ['/dag-runs/a/b/c', { page: 'not-found' }],
  ['/settings/base-config', { page: 'more', head: 'settings', rest: ['base-config'] }],
  ['/dags/%E0%A4%A', { page: 'dag', file: '%E0%A4%A', tab: 'latest' }],
])('%s is understood', (path, route) => {
  expect(parseRoute(path)).toEqual(route)
})

test('every name survives the way through an address', () => {
  const name = fc.string({ minLength: 1 }).filter(text => text !== '.' && text !== '..')
  const runId = fc.stringMatching(/^[-a-zA-Z0-9_]{1,64}$/)
  // A called run is named by its root and itself.
  const id = fc.oneof(
    runId,
    fc.tuple(runId, runId).map(parts => parts.join('/')),
  )
  fc.assert(
    fc.property(name, name, id, (dag, file, run) => {
      expect(parseRoute(new URL(runPath(dag, run), 'http://x').pathname)).toEqual({ page: 'run', name: dag, id: run })
      const spec = { page: 'dag', file, tab: 'spec' }
      expect(parseRoute(new URL(dagPath(file, 'spec'), 'http://x').pathname)).toEqual(spec)
    }),
  )
})

test.each([
  ['?a=1', { b: '2' }, '?a=1&b=2'],
  ['?a=1&b=2', { a: undefined }, '?b=2'],
  ['?a=1', { a: '' }, ''],
  ['', { s: ['2', '5'] }, '?s=2&s=5'],
  ['?s=2&s=5', { s: ['5'] }, '?s=5'],
])('%s with %j is %s', (search, changes, result) => {
  expect(withSearch(search, changes)).toBe(result)
})

test.each([
  ['http://h/?token=abc', 'abc', '/'],
  ['http://h/dags?token=abc&q=x', 'abc', '/dags?q=x'],
  ['http://h/dags?q=x#token=abc', 'abc', '/dags?q=x'],
  ['http://h/dags?q=x#main', undefined, '/dags?q=x#main'],
])('the token of %s is taken out of the address', (href, token, cleaned) => {
  expect(takeToken(href)).toEqual({ token, cleaned })
})

test('a line of a log has an address', () => {
  expect(linePath('etl', 'r1/c1', 'load all', 'stderr', 12)).toBe(
    '/dag-runs/etl/r1/sub-dag-runs/c1?line=12&step=load+all&stream=stderr',
  )
  expect([lineOf('12'), lineOf('0'), lineOf('x'), lineOf(null)]).toEqual([12, undefined, undefined, undefined])
})
