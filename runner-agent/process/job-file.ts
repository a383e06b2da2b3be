// Renders the text that a lane sources for a job: first what changes in the lane's exported variables, then a function with
// the job itself. Every value is in single quotes, so that nothing of a step is ever read as code.

import { checkRequest, checkVariable, specialVariable } from './check-request.ts'
import { laneCanExport, OWN_NAMES } from './env-names.ts'
import { type ManyVariables, manyVariables } from './many-variables.ts'
import { quote } from './quote.ts'
import type { StepRequest } from './types.ts'
import { MARKER } from './types.ts'

/** What a lane holds after the jobs it has had. */
export interface LaneVariables {
  /** What its shell exports. */
  exported: ReadonlyMap<string, string>
  /** What the file of many variables sets; absent: there is none. */
  many?: ManyVariables
}

export interface JobFile {
  text: string
  /** Where there are many variables: what `options.manyPath` gets (more, or a new text), and the text of `options.runPath`. */
  second?: { many: string; append: boolean; run: string }
  /** What the lane holds after sourcing `text`. */
  lane: LaneVariables
}

export interface JobOptions {
  /** Absolute path of `env`. */
  envProgram: string
  /** False renders for a plain POSIX sh. */
  bash: boolean
  /** A small sh that is not bash, if there is one. */
  smallShell?: string
  /** Where many variables go, and the script that reads them. */
  manyPath: string
  runPath: string
}

/**
 * bash builds the environment of a program in time that grows with the square of its size (1,000 variables: 4 ms). From about
 * here on it is cheaper to let a small sh set all of them, one exec later.
 */
const MANY_VARIABLES = 350

/**
 * The job of one request, for a lane as it is now. A variable that stays costs nothing in the files, and is not looked at again.
 * Throws `UnusableRequest`.
 */
export function renderJob(request: StepRequest, lane: LaneVariables, options: JobOptions): JobFile {
  const { smallShell } = options
  checkRequest(request)
  if (options.bash && smallShell && hasMany(request, lane)) {
    const { special, ...next } = manyVariables(request, lane.many)
    const command = execLine(request.argv, special, { ...options, bash: false })
    const run = ['set -a', `. ${quote(options.manyPath)}`, 'set +a', ...directories(request), command]
    const body = [...place(request), `exec -c ${smallShell} ${quote(options.runPath)}`]
    return {
      text: jobText(request, [], body),
      second: { many: next.text, append: next.append, run: `${run.join('\n')}\n` },
      lane: { exported: lane.exported, many: next.many },
    }
  }
  const { wanted, special } = exportable(request)
  const current = lane.exported
  const changed = [...wanted].filter(([name, value]) => current.get(name) !== value)
  for (const [name, value] of changed) checkVariable(name, value)
  const dropped = [...current.keys()].filter(name => !wanted.has(name)).map(name => `unset -v ${name}`)
  const body = [...place(request), ...directories(request), execLine(request.argv, special, options)]
  return { text: jobText(request, [...exports(changed), ...dropped], body), lane: { ...lane, exported: wanted } }
}

const exports = (variables: readonly [string, string][]): string[] =>
  variables.map(([name, value]) => `export ${name}=${quote(value)}`)

/** Counted anew only where the last one had few. */
const hasMany = ({ env }: StepRequest, { many }: LaneVariables): boolean =>
  (many !== undefined && many.set.size > MANY_VARIABLES) || Object.keys(env).length > MANY_VARIABLES

/** What the lane exports for a request, and the `NAME=value` that no shell can export. */
function exportable({ env, key }: StepRequest): { wanted: Map<string, string>; special: string[] } {
  const wanted = new Map<string, string>()
  const special: string[] = []
  for (const name in env) {
    if (OWN_NAMES.has(name)) continue
    const value = env[name] as string
    if (laneCanExport(name)) wanted.set(name, value)
    else special.push(specialVariable(name, value))
  }
  return { wanted: wanted.set(MARKER, key), special }
}

/** `__e_d` is where its record lies; a job that was withdrawn meanwhile ends before `__e_ok` is set. */
const jobText = ({ dir }: StepRequest, head: string[], body: string[]): string =>
  [
    `__e_d=${quote(dir)}`,
    '[ -e "$__e_d.withdrawn" ] && return',
    ...head,
    '__e_job() {',
    ...body,
    '}',
    '__e_ok=1',
    '',
  ].join('\n')

/** Files first: a missing directory is then reported where the step's errors go. */
function place(request: StepRequest): string[] {
  const errors = request.merged ? '2>&1' : `2>>${quote(request.stderrPath)}`
  const lines = [`exec </dev/null >>${quote(request.stdoutPath)} ${errors}`, `cd -- ${quote(request.cwd)} || exit 1`]
  if (request.umask !== undefined) lines.push(`umask ${request.umask.toString(8).padStart(4, '0')}`)
  return lines
}

/** cd and the shell's start set both; what the step gets is what the request says. */
const directories = ({ env, cwd }: StepRequest): string[] => [
  env.OLDPWD === undefined ? 'unset -v OLDPWD' : `export OLDPWD=${quote(env.OLDPWD)}`,
  `export PWD=${quote(env.PWD ?? cwd)}`,
]

function execLine(argv: readonly string[], special: string[], options: JobOptions): string {
  const words = argv.map(quote).join(' ')
  if (special.length === 0) return options.bash ? `exec -- ${words}` : `exec ${words}`
  // `env` would take a command with '=' in its name for one more variable.
  const command = argv[0]?.includes('=') ? `sh -c 'exec "$0" "$@"' ${words}` : words
  return `exec ${quote(options.envProgram)} ${special.map(quote).join(' ')} ${command}`
}
