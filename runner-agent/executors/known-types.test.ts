import { NOT_EXECUTED, STEP_TYPES } from '@edgedag/core/spec/step-type-table'
import { expect, it } from 'vitest'
import { executorFor } from './index.ts'

/** Evaluated by the control plane, not by an executor. */
const OF_THE_RUN = new Set(['dag', 'parallel'])

it('the types that `validate` warns of are exactly those that nothing executes', () => {
  const lacking = [...STEP_TYPES.values()].flatMap(({ name }) =>
    OF_THE_RUN.has(name) || executorFor(name).types.length > 0 ? [] : [name],
  )
  expect(new Set(NOT_EXECUTED.keys())).toEqual(new Set(lacking))
})
