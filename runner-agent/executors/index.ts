// The registry of step types that a host can run.
import { PORTABLE_STEPS } from '@edgedag/steps/index'
import { archiveExecutor } from './archive.ts'
import { commandExecutor } from './command.ts'
import type { StepExecutor } from './executor.ts'
import { harnessExecutor } from './harness.ts'
import { portableExecutor } from './portable.ts'

const EXECUTORS: readonly StepExecutor[] = [
  commandExecutor,
  harnessExecutor,
  archiveExecutor,
  ...PORTABLE_STEPS.map(portableExecutor),
]

const byType = new Map(EXECUTORS.flatMap(executor => executor.types.map(type => [type, executor] as const)))

/** The executor of a step type; an unknown type gets one that fails and says so. */
export const executorFor = (type: string): StepExecutor => byType.get(type) ?? unknownType(type)

const unknownType = (type: string): StepExecutor => ({
  types: [],
  isRepeatable: () => true,
  execute: async () => ({
    exitCode: 1,
    error: `step type "${type}" is not supported by this runner (it knows ${[...byType.keys()].sort().join(', ')})`,
  }),
})
