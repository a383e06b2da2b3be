// What a command is: its words for the help, its options, and what it does. Adding a command is a file and a line in index.ts.
import { parseArgs } from 'node:util'
import { usage } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Style } from '../render/style.ts'

export interface Options {
  [name: string]: { type: 'string' | 'boolean'; short?: string; multiple?: boolean; help: string; value?: string }
}

export interface Invocation {
  positionals: string[]
  /** Everything behind `--`. */
  rest: string[]
  values: Record<string, string | boolean | string[] | undefined>
  style: Style
  json: boolean
  stateDir: string | undefined
}

export interface Command {
  name: string
  synopsis: string
  summary: string
  /** Of a command with verbs: each with its words, and what it does. */
  actions?: readonly (readonly [usage: string, meaning: string])[]
  options: Options
  /** Whole command lines, and what each is for; at least one. */
  examples: readonly (readonly [line: string, meaning: string])[]
  run(invocation: Invocation): Promise<number>
}

const COMMON: Options = {
  json: { type: 'boolean', help: 'print JSON on stdout' },
  state: { type: 'string', value: 'DIR', help: 'state folder of the local server (EDGEDAG_HOME, ~/.edgedag)' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
}

export const commonOptions = (command: Command): Options => ({ ...command.options, ...COMMON })

/** Parses the words behind the command's name. Throws a usage error that names the wrong option. */
export function parseInvocation(command: Command, argv: string[], style: Style): Invocation & { help: boolean } {
  const cut = argv.indexOf('--')
  const own = cut < 0 ? argv : argv.slice(0, cut)
  try {
    const { values, positionals } = parseArgs({
      args: own,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(commonOptions(command)).map(([name, o]) => [
          name,
          { type: o.type, ...(o.short ? { short: o.short } : {}), ...(o.multiple ? { multiple: true } : {}) },
        ]),
      ),
    })
    return {
      positionals,
      rest: cut < 0 ? [] : argv.slice(cut + 1),
      values: values as Invocation['values'],
      style,
      json: values.json === true,
      stateDir: values.state as string | undefined,
      help: values.help === true,
    }
  } catch (error) {
    const words = (error as Error).message.split('. ')[0] ?? 'wrong options'
    const option = /^Unknown option '--([^']+)'/.exec(words)?.[1]
    const meant = option === undefined ? undefined : nearest(option, Object.keys(commonOptions(command)))
    const hint = meant === undefined ? '' : `did you mean --${meant}? `
    throw usage(words, `${hint}see edgedag ${command.name} --help`)
  }
}

/** The single positional that a command needs. */
export function only(invocation: Invocation, what: string, command: string): string {
  const [first, ...more] = invocation.positionals
  if (first === undefined) throw usage(`${command} needs ${what}`, `see edgedag ${command} --help`)
  if (more.length > 0) {
    throw usage(
      `unexpected argument ${more[0]}`,
      `parameters go behind --, for example: edgedag ${command} ${first} -- ${more.join(' ')}`,
    )
  }
  return first
}

export const text = (value: Invocation['values'][string]): string | undefined =>
  typeof value === 'string' ? value : undefined
export const list = (value: Invocation['values'][string]): string[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
