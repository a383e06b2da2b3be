// The command `edgedag-agent`: runs one agent until a signal ends it. Steps go on without it.
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AgentHandle, AgentProblem, runAgent } from './agent.ts'
import { readOptions, USAGE } from './options.ts'
import { VERSION } from './version.ts'

/** Runs an agent with these arguments; the answer is the exit code: 0 after a signal, 1 when it cannot run, 2 for bad usage. */
export const main = async (argv: readonly string[]): Promise<number> => {
  if (argv[0] === '--version' || argv[0] === '--help') {
    process.stdout.write(argv[0] === '--help' ? USAGE : `edgedag-agent ${VERSION}\n`)
    return 0
  }
  const options = readOptions(argv)
  if (!options.ok) {
    process.stderr.write(`edgedag-agent: ${options.error}\n${USAGE}`)
    return 2
  }
  try {
    const agent = await runAgent(options.value)
    const onSignal = (): void => void agent.stop()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, onSignal)
    if (options.value.exitWithStdin) endWithStdin(agent)
    await agent.ended
    return 0
  } catch (error) {
    if (!(error instanceof AgentProblem)) throw error
    process.stderr.write(`edgedag-agent: ${error.message}\n`)
    return 1
  }
}

const endWithStdin = (agent: AgentHandle): void => {
  process.stdin.on('end', () => void agent.stop())
  process.stdin.on('error', () => void agent.stop())
  process.stdin.resume()
}

/** True where this file (or its bundle) is the program itself, not a module of another. */
const isProgram = (): boolean => {
  const [, program] = process.argv
  if (program === undefined || !/(runner-agent[\\/]main\.ts|agent[\\/]main\.mjs)$/.test(program)) return false
  return realpathSync(program) === realpathSync(fileURLToPath(import.meta.url))
}

if (isProgram()) process.exit(await main(process.argv.slice(2)))
