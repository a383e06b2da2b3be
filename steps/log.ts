// Writes a message to the step's log.
import { failed, type PortableStep } from './step.ts'

export const logStep: PortableStep = {
  types: ['log'],
  isRepeatable: () => true,
  async execute({ config: { message } }, { write }) {
    if (message === undefined) return failed('log: config.message is missing')
    write('stdout', `${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
    return { exitCode: 0 }
  },
}
