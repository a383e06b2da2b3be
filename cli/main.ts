// The `edgedag` command: finds the command, and turns every error into what happened, why, and what to do.
import { VERSION } from '@edgedag/runner-agent/version'
import { ApiError } from './client/api-client.ts'
import { parseInvocation } from './commands/command.ts'
import { COMMANDS } from './commands/index.ts'
import { CommandError, EXIT, exitCodeOf, usage } from './errors.ts'
import { nearest } from './nearest.ts'
import { commandHelp, overview } from './render/help.ts'
import { styleFor } from './render/style.ts'

/** Runs one command line (without the program's name) and answers its exit code. */
export async function main(argv: string[]): Promise<number> {
  const [word, ...rest] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    const commands = await Promise.all(Object.values(COMMANDS).map(load => load()))
    process.stdout.write(`${overview(commands)}\n`)
    return word === undefined ? EXIT.usage : EXIT.ok
  }
  if (word === '--version' || word === '-V' || word === 'version') {
    process.stdout.write(`edgedag ${VERSION}\n`)
    return EXIT.ok
  }
  const load = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  if (!load) {
    const near = nearest(word, Object.keys(COMMANDS))
    throw usage(`unknown command ${word}`, near ? `did you mean ${near}?` : 'edgedag --help lists the commands')
  }
  const command = await load()
  const invocation = parseInvocation(command, rest, styleFor(process.stdout))
  if (invocation.help) {
    process.stdout.write(`${commandHelp(command)}\n`)
    return EXIT.ok
  }
  return command.run(invocation)
}

/** The words for any error, and its exit code. */
export function explain(error: unknown): { lines: string[]; exitCode: number } {
  if (error instanceof CommandError) {
    return { lines: [error.message, ...(error.hint ? [`  ${error.hint}`] : [])], exitCode: error.exitCode }
  }
  if (error instanceof ApiError)
    return { lines: [error.message, ...(error.hint ? [`  ${error.hint}`] : [])], exitCode: exitCodeOf(error.status) }
  const { message, cause, stack } = error as Error & { cause?: { code?: string; message?: string } }
  if (message === 'fetch failed') {
    return {
      lines: [
        `cannot reach the server: ${cause?.message || cause?.code || 'no connection'}`,
        '  is it running, and is EDGEDAG_URL right?',
      ],
      exitCode: EXIT.failed,
    }
  }
  return { lines: [process.env.EDGEDAG_DEBUG ? (stack ?? message) : message], exitCode: EXIT.failed }
}

// Output may be cut off by a closed pipe (`| head`): that is no error of ours.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(EXIT.ok)
})

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { lines, exitCode } = explain(error)
  for (const line of lines) process.stderr.write(`edgedag: ${line}\n`)
  process.exitCode = exitCode
}
