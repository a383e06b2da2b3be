// A router writes down what it decides; the conditions of its targets do the choosing.
import { type RouterDecision, routerText } from '@edgedag/core/expr/router'
import type { StepExecutor } from './executor.ts'

export const routerExecutor: StepExecutor = {
  types: ['router'],
  repeatable: true,
  async execute({ config, write }) {
    write('stdout', routerText(config as unknown as RouterDecision))
    return { exitCode: 0 }
  },
}
