// The host's environment as its users have set it. Promise: what a launcher of ours has added for our own processes is not in it.

type Environment = Readonly<Record<string, string | undefined>>

/** Names, with commas, of the variables that the launcher has added. */
const OWN_ENV = 'EDGEDAG_OWN_ENV'

/** Without what is ours: a step must neither see nor inherit it, whatever `env_passthrough` names. */
export const hostEnvironment = (env: Environment): Environment => {
  const own = new Set(env[OWN_ENV]?.split(','))
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== OWN_ENV && !own.has(name)))
}
