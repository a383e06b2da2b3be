import { expect, it } from 'vitest'
import { programProblem } from './find-program.ts'

it.each([
  ['sh', '/usr/bin:/bin', undefined],
  ['sh', undefined, undefined],
  ['/bin/sh', '', undefined],
  ['../bin/sh', '', undefined],
  ['no-such-program', '/usr/bin:/bin', /not found in PATH/],
  ['/no/such/program', '/usr/bin', /does not exist/],
  ['/tmp', '/usr/bin', /is a directory/],
  ['/etc/passwd', '/usr/bin', /may not be executed/],
  ['', '/usr/bin', /not found|directory/],
])('%j with PATH %j', (program, path, problem) => {
  const found = programProblem(program, path, '/usr')
  if (problem === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(problem)
})
