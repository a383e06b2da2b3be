// A step that does nothing: for outputs, approvals and dependencies.
import type { PortableStep } from './step.ts'

export const noopStep: PortableStep = {
  types: ['noop'],
  isRepeatable: () => true,
  execute: async () => ({ exitCode: 0 }),
}
