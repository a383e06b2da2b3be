// The command line of a coding tool: prompt and flags as its definition asks for (seed "Harness Configuration"). Pure.
import { type HarnessDefinition, PROVIDERS } from '@edgedag/core/spec/harness-providers'

export interface HarnessCall {
  argv: string[]
  /** Goes to the standard input of the tool. */
  stdin?: string
}

/** What the settings of one provider say, without `fallback`. */
export type HarnessSettings = Readonly<Record<string, unknown>>

const OWN_KEYS = new Set(['provider', 'fallback'])

/** The call of a tool, or a sentence. */
export function harnessCall(
  settings: HarnessSettings,
  definitions: Readonly<Record<string, HarnessDefinition>>,
  prompt: string,
  script?: string,
): HarnessCall | string {
  const { provider } = settings
  if (typeof provider !== 'string' || provider.trim() === '') return 'the provider is missing: say which tool to run'
  const name = provider.trim()
  const isOwn = Object.hasOwn(definitions, name)
  const definition = isOwn ? definitions[name] : Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined
  if (definition === undefined) return `unknown provider ${JSON.stringify(name)}`
  const flags = flagsOf(settings, definition, isOwn)
  const { binary, prefix_args: prefix = [], prompt_mode: mode = 'arg', prompt_flag: flag = '' } = definition
  const asked = mode === 'stdin' || prompt === '' ? [] : mode === 'flag' ? [flag, prompt] : [prompt]
  const rest = definition.prompt_position === 'after_flags' ? [...flags, ...asked] : [...asked, ...flags]
  const argv = [binary, ...prefix, ...rest]
  if (mode !== 'stdin') return script === undefined ? { argv } : { argv, stdin: script }
  return { argv, stdin: [prompt, script].filter(text => text !== undefined && text !== '').join('\n\n') }
}

/** Flags in the order of their keys: true is a flag alone, false and empty are none, a list is a flag for each item. */
function flagsOf(settings: HarnessSettings, definition: HarnessDefinition, isOwn: boolean): string[] {
  const keys = Object.keys(settings).filter(key => !OWN_KEYS.has(key))
  return keys.sort().flatMap(key => {
    const values = Array.isArray(settings[key]) ? settings[key] : [settings[key]]
    return values.flatMap(value => flagOf(flagName(key, definition, isOwn), value))
  })
}

function flagName(
  key: string,
  { option_flags: named = {}, flag_style: style }: HarnessDefinition,
  isOwn: boolean,
): string {
  if (Object.hasOwn(named, key)) return String(named[key])
  return `${style === 'single_dash' ? '-' : '--'}${isOwn ? key : key.replaceAll('_', '-')}`
}

function flagOf(flag: string, value: unknown): string[] {
  if (value === undefined || value === null || value === false || value === '') return []
  if (value === true) return [flag]
  return [flag, typeof value === 'object' ? JSON.stringify(value) : String(value)]
}

/** What a prompt is told when somebody has sent its step back. */
export function pushedBackPrompt(prompt: string, env: Readonly<Record<string, string>>): string {
  const { DAG_PUSHBACK: payload, DAG_PUSHBACK_ITERATION: iteration, DAG_PUSHBACK_PREVIOUS_STDOUT_FILE: previous } = env
  if (payload === undefined || iteration === undefined) return prompt
  const lines = [`This was sent back by a reviewer (iteration ${iteration}).`]
  const inputs = Object.entries(inputsOf(payload))
  if (inputs.length > 0) lines.push('What the reviewer said:', ...inputs.map(([name, value]) => `- ${name}: ${value}`))
  if (previous !== undefined && previous !== '') lines.push(`The output of the time before is in the file ${previous}`)
  return `${prompt}\n\n${lines.join('\n')}`
}

function inputsOf(payload: string): Record<string, unknown> {
  try {
    return (JSON.parse(payload) as { inputs?: Record<string, unknown> }).inputs ?? {}
  } catch {
    return {}
  }
}
