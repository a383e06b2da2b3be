// The template step (template.render): its script is a template over `with.data`, printed or written to a file. The script itself is never
// expanded: only the data is.
import { renderTemplate } from '@edgedag/core/spec/go-template/render'
import { failed, type PortableStep } from './step.ts'

export const templateStep: PortableStep = {
  types: ['template'],
  isRepeatable: () => true,
  async execute({ config, commands, script }, ports) {
    const template = script ?? commands[0]
    if (template === undefined) return failed('template: there is no script')
    const { data = {}, output } = config
    if (typeof data !== 'object' || Array.isArray(data)) return failed('template: data must be a map')
    const rendered = renderTemplate(template, data)
    if (!rendered.ok) return failed(`template: ${rendered.error}`)
    if (output === undefined || output === null || output === '') {
      ports.write('stdout', rendered.value)
      return { exitCode: 0 }
    }
    if (ports.writeFile === undefined) return failed('template: output is a file on a host: give the DAG a runner')
    try {
      await ports.writeFile(String(output), rendered.value)
      return { exitCode: 0 }
    } catch (error) {
      return failed(`template: ${String(output)} could not be written: ${(error as Error).message}`)
    }
  },
}
