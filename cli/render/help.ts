// The words of `--help`, from the definition of a command. The reference page (scripts/reference/cli.ts) tells the same.
import { type Command, commonOptions } from '../commands/command.ts'

/** Columns of the narrowest terminal that people use. */
const WIDE = 80

/** A text in lines that end before the edge; `before` stands in front of the first, as many blanks in front of the others. */
function wrapped(before: string, text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && before.length + line.length + 1 + word.length > WIDE) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each, index) => `${index === 0 ? before : ' '.repeat(before.length)}${each}`)
}

/** Left and right in two columns; what is too long on the left has a line of its own. */
function columns(rows: readonly (readonly [left: string, right: string])[], most: number): string[] {
  const width = Math.min(most, Math.max(...rows.map(([left]) => left.length)))
  return rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, ...wrapped(`  ${' '.repeat(width)} `, right)]
      : wrapped(`  ${left.padEnd(width)} `, right),
  )
}

/** Each option as it is written, with its meaning: `-p, --params TEXT`. */
export const optionRows = (command: Command): [usage: string, meaning: string][] =>
  Object.entries(commonOptions(command)).map(([name, o]) => [
    `${o.short ? `-${o.short}, ` : '    '}--${name}${o.value ? ` ${o.value}` : ''}`,
    o.help,
  ])

/** All that `edgedag COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const { synopsis, summary, actions, examples } = command
  const section = (title: string, lines: string[]) => ['', title, ...lines]
  return [
    ...wrapped('Usage: ', `edgedag ${synopsis}`),
    '',
    ...wrapped('', summary),
    ...(actions === undefined ? [] : section('Actions:', columns(actions, 44))),
    ...section('Options:', columns(optionRows(command), 30)),
    ...section(
      'Examples:',
      examples.flatMap(([line, meaning]) => [`  ${line}`, ...wrapped('      ', meaning)]),
    ),
  ].join('\n')
}

/** All that `edgedag --help` prints. */
export function overview(commands: readonly Command[]): string {
  return [
    'edgedag — workflows without a server to operate',
    '',
    'Usage: edgedag COMMAND [options]',
    '',
    ...columns(
      commands.map(c => [c.name, c.summary]),
      11,
    ),
    '',
    ...wrapped(
      '',
      'EDGEDAG_URL and EDGEDAG_TOKEN point the commands to another server. `edgedag COMMAND --help` shows the options.',
    ),
    ...wrapped(
      '',
      'Exit codes: 0 ok, 1 failed run, 2 usage, 3 authentication, 4 not found, 5 conflict, 130 interrupted.',
    ),
  ].join('\n')
}
