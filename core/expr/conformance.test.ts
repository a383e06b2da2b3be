// The conformance cases that are about values, run with real processes by a loop that knows only chains and plain graphs:
// what the agent does with this folder, without agent and control plane. Their outcome as a whole is the conformance runner's.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadDags } from '../spec/load.ts'
import { readCases, runCase } from './conformance.fixture.ts'

const AREAS = [
  'env',
  'expand',
  'stepref',
  'output',
  'params',
  'preconditions',
  'shell',
  'special-vars',
  'workdir',
  'secrets',
  'retry',
  'repeat',
]

/** Cases that need more than steps in order: sub-DAGs, timers, other step types. */
const OUT_OF_REACH = new Set([
  'host-env-not-in-child',
  'child-override-not-evaluated',
  'subdag-inherits',
  'exit-codes-of-abnormal-ends',
  'backoff-doubles',
])

describe.each(AREAS)('area %s', area => {
  it.each(readCases(area).filter(({ name, text }) => !OUT_OF_REACH.has(name) && !/load_error/.test(text)))(
    '$name',
    async ({ name, text }) => {
      const given = parse(text)
      const loaded = loadDags(given.dags, {
        fileName: `${name}.yaml`,
        files: given.files ?? {},
        ...(given.base ? { base: given.base } : {}),
      })
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
      const outcome = await runCase(loaded.value.dag, given)
      const { outputs = {}, stdout = {} } = given.expect
      for (const [key, value] of Object.entries(outputs)) {
        const actual = outcome.variables[key] ?? outcome.outputs[key]
        expect({ [key]: actual ?? (value === null ? null : '') }).toEqual({ [key]: value })
      }
      for (const [step, value] of Object.entries(stdout as Record<string, string>)) {
        const actual = (outcome.logs[step] ?? '').replace(/\n+$/, '')
        if (value.startsWith('re:')) expect(actual).toMatch(new RegExp(value.slice(3), 's'))
        else expect({ [step]: actual }).toEqual({ [step]: value })
      }
      for (const [step, status] of Object.entries(given.expect.steps ?? {})) {
        expect({ [step]: outcome.statuses[step] ?? 'not_started' }).toEqual({ [step]: status })
      }
      for (const [step, count] of Object.entries(given.expect.attempts ?? {}))
        expect({ [step]: outcome.attempts[step] }).toEqual({ [step]: count })
    },
  )
})
