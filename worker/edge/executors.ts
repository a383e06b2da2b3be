// What a step type is at the edge: one object of this interface, one line in the registry. Those that only compute are `pure`:
// they may be done again after a loss of memory, so nothing about them is written.
import { type RouterDecision, routerText } from '@edgedag/core/expr/router'
import type { StepPlan } from '@edgedag/core/expr/step-plan'
import type { Step } from '@edgedag/core/spec/dag'

export interface EdgeEnd {
  exitCode: number
  /** Why it failed; absent after success. */
  error?: string
  stdout: string
  stderr?: string
}

export interface EdgeExecutor {
  pure: boolean
  execute(step: Step, plan: StepPlan): EdgeEnd | Promise<EdgeEnd>
}

const nothing: EdgeExecutor = { pure: true, execute: () => ({ exitCode: 0, stdout: '' }) }

const log: EdgeExecutor = {
  pure: true,
  execute(_, { config: { message } }) {
    if (message === undefined) return { exitCode: 1, error: 'log: config.message is missing', stdout: '' }
    return { exitCode: 0, stdout: `${typeof message === 'string' ? message : JSON.stringify(message)}\n` }
  },
}

const router: EdgeExecutor = {
  pure: true,
  execute: (_, { config }) => ({ exitCode: 0, stdout: routerText(config as unknown as RouterDecision) }),
}

/** By step type. A command step that comes here has no command: it publishes values, or waits for its approval. */
export const EDGE_EXECUTORS: Readonly<Record<string, EdgeExecutor>> = { noop: nothing, command: nothing, log, router }
