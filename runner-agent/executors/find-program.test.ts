import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

it('sees at once that a program is gone, or has come', () => {
  const dir = mkdtempSync(join(tmpdir(), 'edgedag-programs-'))
  const look = () => programProblem('tool', dir, '/') === undefined
  expect(look()).toBe(false)
  writeFileSync(join(dir, 'tool'), '#!/bin/sh\n', { mode: 0o755 })
  expect(look()).toBe(true)
  rmSync(dir, { recursive: true })
  expect(look()).toBe(false)
})
