// Commands with verbs (`profile create NAME`): finds the verb, checks its words, and runs it on a connection.
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Command, Invocation } from './command.ts'

export interface Verb {
  /** What it is for, in the help. */
  help: string
  /** Names of its words, for the help: `['NAME', 'KEY']`. */
  words: string[]
  /** It only looks: a fresh machine has nothing to look at. */
  reads?: true
  /** It destroys something: wants `--yes`. */
  destroys?: string
  run(client: ApiClient, words: string[], invocation: Invocation): Promise<{ json: unknown; lines: string[] }>
}

/** For the help: each verb with its words, and what it is for. */
export const actionsOf = (command: string, verbs: Record<string, Verb>): NonNullable<Command['actions']> =>
  Object.entries(verbs).map(([name, { words, help, destroys }]) => [
    [command, name, ...words, ...(destroys === undefined ? [] : ['--yes'])].join(' '),
    help,
  ])

/** Runs `command verb words...`. Throws usage errors before any server is looked for. */
export async function runVerb(command: string, verbs: Record<string, Verb>, invocation: Invocation): Promise<number> {
  const [name = 'list', ...words] = invocation.positionals
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) throw usage(`unknown: ${command} ${name}`, `see edgedag ${command} --help`)
  if (words.length !== verb.words.length) {
    const wanted = verb.words.length === 0 ? 'nothing more' : verb.words.join(' ')
    throw usage(`${command} ${name} needs ${wanted}`, `edgedag ${command} ${[name, ...verb.words].join(' ')}`)
  }
  if (verb.destroys !== undefined && invocation.values.yes !== true)
    throw usage(`${command} ${name} ${verb.destroys}`, 'add --yes to do it')
  const connection = await connect({
    embed: verb.reads ? 'read' : 'run',
    ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}),
  })
  try {
    const { json, lines } = await verb.run(connection.client, words, invocation)
    process.stdout.write(invocation.json ? `${JSON.stringify(json)}\n` : lines.map(line => `${line}\n`).join(''))
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

/** Columns, as wide as their widest cell. */
export function table(head: string[], rows: string[][], bold: (text: string) => string): string[] {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map(row => (row[i] ?? '').length)))
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [bold(line(head)), ...rows.map(line)]
}

export const segment = encodeURIComponent
