import { describe, expect, it } from 'vitest'
import { readDocId } from './document.ts'
import { conflictId, syncAction } from './sync.ts'

describe('a document that a host and the control plane hold', () => {
  it.each([
    ['a', 'a', 'a', 'none', 'nothing has changed'],
    [null, null, null, 'none', 'it is nowhere'],
    ['b', 'a', 'b', 'none', 'both have changed it to the same'],
    ['b', null, 'b', 'none', 'both have made the same'],
    ['b', 'a', 'a', 'push', 'the host has changed it'],
    ['a', null, null, 'push', 'the host has made it'],
    ['b', 'a', null, 'push', 'it was changed here after it was deleted there: the text stays'],
    ['a', 'a', 'b', 'pull', 'the page has changed it'],
    [null, null, 'a', 'pull', 'the page has made it'],
    [null, 'a', 'b', 'pull', 'it was deleted on the host, and changed on the page after'],
    [null, 'a', 'a', 'none', 'a deletion on the host is the host’s alone'],
    ['a', 'a', null, 'remove', 'it was deleted on the page'],
    ['b', 'a', 'c', 'conflict', 'both have changed it'],
    ['b', null, 'c', 'conflict', 'both have made one'],
  ] as [string | null, string | null, string | null, string, string][])(
    'local %s, base %s, remote %s: %s (%s)',
    (local, base, remote, action) => {
      expect(syncAction(local, base, remote)).toBe(action)
    },
  )

  it('that is kept beside another one has a valid id, the same each time, in the same folder', () => {
    const id = conflictId('ops/etl/report', 'web 1/eu', 'abcdef0123456789')
    expect(id).toBe('ops/etl/report (conflict web-1-eu abcdef01)')
    for (const name of ['x'.repeat(128), 'report'])
      expect(readDocId(conflictId(`ops/${name}`, 'h'.repeat(300), 'f'.repeat(64))).ok).toBe(true)
  })
})
