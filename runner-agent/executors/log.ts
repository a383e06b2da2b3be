// Writes a message to the step's log.
import type { StepExecutor } from './executor.ts'

export const logExecutor: StepExecutor = {
  types: ['log'],
  repeatable: true,
  async execute({ config, write }) {
    const { message } = config
    if (message === undefined) return { exitCode: 1, error: 'log: config.message is missing' }
    write('stdout', `${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
    return { exitCode: 0 }
  },
}
