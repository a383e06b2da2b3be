import { describe, expect, it } from 'vitest'
import { addressOf, addressSegments, relativeOf, topicOf } from './run-address.ts'
import { parseRoute, runPath } from './url-state.ts'

const top = { name: 'a', dagRunId: 'r1', rootDAGRunName: 'a', rootDAGRunId: 'r1' }
const child = { name: 'kid', dagRunId: 'c1', rootDAGRunName: 'a', rootDAGRunId: 'r1' }

describe('the address of a run', () => {
  it('is its own for a top run, and below its root for a called one', () => {
    expect(addressOf(top)).toEqual({ name: 'a', id: 'r1' })
    expect(addressOf(child)).toEqual({ name: 'a', id: 'r1/c1' })
    expect(relativeOf(child, 'c2')).toEqual({ name: 'a', id: 'r1/c2' })
    expect(relativeOf(child, 'r1')).toEqual({ name: 'a', id: 'r1' })
  })

  it('becomes a page and comes back from it', () => {
    for (const { name, id } of [addressOf(top), addressOf(child)])
      expect(parseRoute(runPath(name, id))).toEqual({ page: 'run', name, id })
    expect(addressSegments('a b', 'r1/c1')).toBe('/a%20b/r1/sub-dag-runs/c1')
    expect(topicOf('a', 'r1/c1')).toBe('run:a:r1:c1')
  })
})
