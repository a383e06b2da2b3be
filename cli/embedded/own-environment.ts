// Variables of this process that are ours and not its user's. The agent keeps from its steps what EDGEDAG_OWN_ENV names
// (runner-agent/host-environment.ts): a step that runs a workerd of its own must have neither our heap sizes nor our mark.

const OWN_ENV = 'EDGEDAG_OWN_ENV'

/** Sets a variable for this process and its children. */
export function setOwn(name: string, value: string): void {
  process.env[name] = value
  const names = new Set(process.env[OWN_ENV]?.split(','))
  process.env[OWN_ENV] = [...names.add(name)].join(',')
}
