// `completion`: the script that lets a shell complete commands, options and names of DAGs, and the words that it asks for.
import type { Answers } from '@edgedag/core/api/generated/answers'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { type Command, commonOptions, type Invocation } from './command.ts'

/** Each asks for the words that may stand at the end of a line, and leaves files to the shell. */
const SCRIPTS: Record<string, string> = {
  bash: `_edgedag() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(edgedag completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _edgedag edgedag`,
  zsh: `_edgedag() {
  local -a found
  found=("\${(@f)$(edgedag completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "\${found[1]}" ]] && compadd -- "\${found[@]}" || _files
}
compdef _edgedag edgedag`,
  fish: `complete -c edgedag -a '(edgedag completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
}

/** Names are looked up on a server that runs; where none answers soon there are none. */
const PATIENCE_MS = 1_500
const MOST = 200

async function dagNames(start: string, { stateDir }: Invocation): Promise<string[]> {
  const { client } = await connect({ embed: 'no', ...(stateDir ? { stateDir } : {}) })
  const query = new URLSearchParams({ name: start, perPage: String(MOST) })
  const { dags } = await client.get<Answers['GET /dags']>(`/dags?${query}`)
  return dags.map(({ fileName }) => fileName)
}

const orNothing = (work: Promise<string[]>): Promise<string[]> =>
  Promise.race([
    work.catch(() => []),
    new Promise<string[]>(resolve => {
      setTimeout(resolve, PATIENCE_MS, []).unref()
    }),
  ])

/** The second words of a command with actions: `pause` of `queue pause QUEUE`. */
const actionsOf = ({ actions = [] }: Command): string[] =>
  actions.map(([words]) => words.split(' ')[1] ?? '').filter(word => /^[a-z-]+$/.test(word))

/** What may stand in the place of the last of the words behind `edgedag`; it may be empty. */
export async function candidates(
  words: readonly string[],
  commands: Record<string, () => Promise<Command>>,
  names: (start: string) => Promise<string[]>,
): Promise<string[]> {
  const last = words.at(-1) ?? ''
  const begins = (all: readonly string[]) => all.filter(word => word.startsWith(last))
  if (words.length < 2) return begins(Object.keys(commands))
  const load = commands[words[0] ?? '']
  if (load === undefined) return []
  const command = await load()
  if (last.startsWith('-')) return begins(Object.keys(commonOptions(command)).map(name => `--${name}`))
  const place = words.slice(1, -1).filter(word => !word.startsWith('-')).length
  const actions = actionsOf(command)
  if (actions.length > 0 && place === 0) return begins(actions)
  const isName = /\bNAME\b/.test(command.synopsis.split(' ')[1] ?? '')
  return isName && place === 0 ? begins(await names(last)) : []
}

async function completion(invocation: Invocation): Promise<number> {
  const [shell = ''] = invocation.positionals
  if (shell === 'words') {
    const { COMMANDS } = await import('./index.ts')
    const found = await candidates(invocation.rest, COMMANDS, start => orNothing(dagNames(start, invocation)))
    process.stdout.write(found.map(word => `${word}\n`).join(''))
    return EXIT.ok
  }
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (script === undefined)
    throw usage('completion needs the name of a shell', `use one of ${Object.keys(SCRIPTS).join(', ')}`)
  process.stdout.write(`${script}\n`)
  return EXIT.ok
}

export const completionCommand: Command = {
  name: 'completion',
  synopsis: 'completion bash|zsh|fish',
  summary: 'print a script with which a shell completes commands, options and names of DAGs',
  options: {},
  examples: [
    ['source <(edgedag completion bash)', 'in ~/.bashrc; zsh likewise'],
    ['edgedag completion fish > ~/.config/fish/completions/edgedag.fish', 'once'],
  ],
  run: completion,
}
