// Runs text with the shell port: command substitutions and command conditions, with values as environment and never as code.
import type { ExpandContext } from './expand.ts'
import { createGeneratedEnv } from './generated-env.ts'
import { CONDITION_TIMEOUT_MS, type ShellPort, type ShellResult, SUBSTITUTION_TIMEOUT_MS } from './ports.ts'
import type { Names } from './resolve.ts'
import { shellText } from './shell-text.ts'

export interface ShellSetting {
  shell?: ShellPort
  /** Declared names, for what a shell cannot look up. */
  names: Names
  env(): Record<string, string>
  cwd?: string
}

const run = (command: string, setting: ShellSetting, shell: ShellPort, timeoutMs: number): Promise<ShellResult> => {
  const generated = createGeneratedEnv()
  const text = shellText(command, { kind: 'line', names: setting.names, generated, slices: true })
  const env = { ...setting.env(), ...generated.env }
  return shell(text, { env, timeoutMs, ...(setting.cwd === undefined ? {} : { cwd: setting.cwd }) })
}

/** Runs what stands between backticks; absent where there is no shell. */
export const substituteWith = (setting: ShellSetting): ExpandContext['substitute'] => {
  const { shell } = setting
  return shell === undefined ? undefined : command => run(command, setting, shell, SUBSTITUTION_TIMEOUT_MS)
}

/** Runs a condition that is a command; absent where there is no shell. */
export const conditionRunner = (setting: ShellSetting): ((command: string) => Promise<ShellResult>) | undefined => {
  const { shell } = setting
  return shell === undefined ? undefined : command => run(command, setting, shell, CONDITION_TIMEOUT_MS)
}
