// Renders `<dir>/job`, the text a lane sources: first what changes in the lane's exported variables, then a function with
// the job itself. Every value is in single quotes, so that nothing of a step is ever read as code.

import { laneCanExport } from './env-names.ts'
import type { StepRequest } from './types.ts'
import { MARKER } from './types.ts'

/** One `NAME=value` or argument may be 128 KiB including its NUL: a limit of Linux. */
const MAX_STRING_BYTES = 131_071
/** Below this many UTF-16 units a string cannot reach the limit, whatever it encodes to. */
const SURELY_SHORT = 43_000

export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

export interface JobFile {
  text: string
  /** What the lane exports after sourcing `text`. */
  exported: Map<string, string>
}

/** Why this request cannot be run as a process at all; undefined when it can be tried. */
export function requestProblem(request: StepRequest): string | undefined {
  if (request.argv.length === 0 || request.argv[0] === '') return 'there is no command to run'
  if (/[\n\0]/.test(request.dir)) return 'the path of the step folder contains a newline'
  for (const path of [request.cwd, request.stdoutPath, request.stderrPath])
    if (!path.startsWith('/') || path.includes('\0')) return 'a path is not absolute, or contains a NUL byte'
  for (const arg of request.argv) {
    if (arg.includes('\0')) return 'an argument contains a NUL byte'
    if (tooLong(arg)) return 'an argument is longer than 128 KiB, the limit of the operating system; pass it by file'
  }
  for (const name in request.env) {
    const value = request.env[name] as string
    if (name === '' || name.includes('=') || name.includes('\0')) return 'the environment has an invalid variable name'
    if (value.includes('\0')) return `the environment variable ${name} contains a NUL byte`
    if (tooLong(value, name.length + 1))
      return `the environment variable ${name} is longer than 128 KiB, the limit of the operating system; pass it by file`
  }
  return undefined
}

const tooLong = (text: string, extra = 0): boolean =>
  text.length + extra > SURELY_SHORT && Buffer.byteLength(text) + extra > MAX_STRING_BYTES

/**
 * The job of one request, for a lane that now exports `current`. A variable that stays costs nothing in the file.
 * `envProgram` is the absolute path of `env`; `bash` false renders for a plain POSIX sh.
 */
export function renderJob(
  request: StepRequest,
  current: ReadonlyMap<string, string>,
  options: { envProgram: string; bash: boolean },
): JobFile {
  const exported = new Map<string, string>()
  const special: string[] = []
  let sets = ''
  const put = (name: string, value: string): void => {
    exported.set(name, value)
    if (current.get(name) !== value) sets += ` ${name}=${quote(value)}`
  }
  for (const name in request.env) {
    if (name === 'PWD' || name === 'OLDPWD' || name === MARKER) continue
    const value = request.env[name] as string
    if (laneCanExport(name)) put(name, value)
    else special.push(`${name}=${value}`)
  }
  put(MARKER, request.key)
  let unsets = ''
  for (const name of current.keys()) if (!exported.has(name)) unsets += ` ${name}`
  const head = (sets && `export${sets}\n`) + (unsets && `unset -v${unsets}\n`)
  const text = `${head}__e_job() {\n${jobBody(request, special, options)}\n}\n__e_ok=1\n`
  return { text, exported }
}

function jobBody(request: StepRequest, special: string[], options: { envProgram: string; bash: boolean }): string {
  const { env } = request
  const errors = request.merged ? '2>&1' : `2>>${quote(request.stderrPath)}`
  const body = [
    `exec </dev/null >>${quote(request.stdoutPath)} ${errors}`,
    `cd -- ${quote(request.cwd)} || exit 1`,
    // cd sets both; what the step gets is what the request says.
    env.OLDPWD === undefined ? 'unset -v OLDPWD' : `export OLDPWD=${quote(env.OLDPWD)}`,
    `export PWD=${quote(env.PWD ?? request.cwd)}`,
  ]
  if (request.umask !== undefined) body.push(`umask ${request.umask.toString(8).padStart(4, '0')}`)
  body.push(execLine(request.argv, special, options))
  return body.join('\n')
}

function execLine(argv: readonly string[], special: string[], options: { envProgram: string; bash: boolean }): string {
  const words = argv.map(quote).join(' ')
  if (special.length === 0) return options.bash ? `exec -- ${words}` : `exec ${words}`
  // `env` would take a command with '=' in its name for one more variable.
  const command = argv[0]?.includes('=') ? `sh -c 'exec "$0" "$@"' ${words}` : words
  return `exec ${quote(options.envProgram)} ${special.map(quote).join(' ')} ${command}`
}
