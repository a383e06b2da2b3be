import { expect, it } from 'vitest'
import { hostEnvironment } from './host-environment.ts'

it('leaves out what the launcher has added, and nothing that users have set', () => {
  const env = { PATH: '/bin', MALLOC_ARENA_MAX: '1', MALLOC_CHECK_: '3', EDGEDAG_OWN_ENV: 'MALLOC_ARENA_MAX' }
  expect(hostEnvironment(env)).toEqual({ PATH: '/bin', MALLOC_CHECK_: '3' })
  expect(hostEnvironment({ MALLOC_ARENA_MAX: '2' })).toEqual({ MALLOC_ARENA_MAX: '2' })
})
