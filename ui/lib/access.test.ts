import { describe, expect, test } from 'vitest'
import { mayCall, refusalOf } from './access.ts'

describe('what a role may call', () => {
  test('is what the lowest role of the call allows, for it and every role above', () => {
    const start = 'POST /dags/{fileName}/start'
    expect(['viewer', 'operator', 'developer', 'manager', 'admin'].map(role => mayCall(role, start))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ])
    expect(refusalOf('viewer', start)).toBe('This takes the role operator or above; you are signed in as viewer.')
  })
  test('is everything while the role is not known', () => {
    expect(mayCall(undefined, 'POST /api-keys')).toBe(true)
    expect(mayCall('of-a-later-version', 'POST /api-keys')).toBe(true)
  })
})
