// A step that does nothing: for outputs, approvals and dependencies.
import type { StepExecutor } from './executor.ts'

export const noopExecutor: StepExecutor = {
  types: ['noop'],
  repeatable: true,
  execute: async () => ({ exitCode: 0 }),
}
