// A router writes down what it decides; the conditions of its targets do the choosing.
import { type RouterDecision, routerText } from '@edgedag/core/expr/router'
import type { PortableStep } from './step.ts'

export const routerStep: PortableStep = {
  types: ['router'],
  isRepeatable: () => true,
  async execute({ config }, { write }) {
    write('stdout', routerText(config as unknown as RouterDecision))
    return { exitCode: 0 }
  },
}
