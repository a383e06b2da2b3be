// From a step's text to the processes to start (semantics 9): which shell, which argv, which script file. Pure: the agent runs it.
import { MASK } from '../redact/masker.ts'
import type { Step } from '../spec/dag.ts'
import { type ExpandContext, expandText, PLACES } from './expand.ts'
import { foreignText } from './foreign-text.ts'
import type { GeneratedEnv } from './generated-env.ts'
import { baseName } from './paths.ts'
import type { Names } from './resolve.ts'
import { shellText } from './shell-text.ts'
import { simpleCommand } from './simple-command.ts'
import { splitWords } from './split-words.ts'

/** Stands in argv where the path of the script file belongs; see withScriptPath. */
export const SCRIPT_PATH = '\0script\0'

/** One process of a step. Jobs of a step run one after another; the first that fails ends the step. */
export interface Job {
  argv: string[]
  /** To be written before the start (mode 0700); its path goes where SCRIPT_PATH stands. */
  script?: { content: string; suffix: string }
  /** The same without the shell in between, for a program that is found: what a plain line comes to. */
  direct?: string[]
  /** The command as people should read it: variables filled in, secrets hidden where they stand for themselves. */
  display: string
}

/** The argv of a job whose script file was written to `path`. */
export const withScriptPath = (job: Job, path: string): string[] =>
  job.argv.map(word => (word.includes(SCRIPT_PATH) ? word.replaceAll(SCRIPT_PATH, () => path) : word))

export interface Shell {
  /** Program and its own arguments; empty: commands are started directly, without a shell. */
  argv: string[]
  /** Set on the step itself: its arguments are not added to, and a shebang does not count. */
  ofStep: boolean
}

export interface CommandContext {
  shell: Shell
  /** Declared names (not those of the host). */
  names: Names
  generated: GeneratedEnv
  /** Values that nobody may see. */
  secrets: readonly string[]
  /** For argv without a shell: unknown names are looked up on the host, else empty. */
  exec: ExpandContext
}

type Family = 'posix' | 'powershell' | 'cmd' | 'nix' | 'other'

const POSIX = new Set(['sh', 'bash', 'zsh', 'ksh', 'ash', 'dash', 'mksh', 'busybox'])

const familyOf = (program: string): Family => {
  const name = baseName(program)
    .toLowerCase()
    .replace(/\.exe$/, '')
  if (POSIX.has(name)) return 'posix'
  if (name === 'pwsh' || name === 'powershell') return 'powershell'
  if (name === 'cmd') return 'cmd'
  return name === 'nix-shell' ? 'nix' : 'other'
}

/** The processes of a shell, script or exec step; none for a step that only publishes values. */
export const commandJobs = (step: Step, context: CommandContext): Job[] => {
  if (step.exec !== undefined) {
    const argv = [step.exec.command, ...step.exec.args].map(word => expandText(word, PLACES.exec, context.exec))
    return [{ argv, display: argv.join(' ') }]
  }
  const [first] = step.commands
  if (step.script !== undefined) return [scriptJob(step.script, first, step, context)]
  if (step.commands.length === 1 && first !== undefined && first.trimEnd().includes('\n')) {
    return [scriptJob(first, undefined, step, context)]
  }
  return step.commands.map(command => lineJob(command, step, context))
}

/** Secrets are hidden before anything is cut out of them (`${V:0:4}`): a part would be known by no masker. */
const readable = (text: string, { names, secrets }: CommandContext): string => {
  const hide = (value: string): string =>
    secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, MASK)), value)
  const variable = (name: string): string | undefined => {
    const value = names.variable(name)
    return value === undefined ? undefined : hide(value)
  }
  return expandText(text.trimEnd(), PLACES.foreign, {
    names: { variable, step: id => names.step?.(id) },
  })
}

const lineJob = (command: string, step: Step, context: CommandContext): Job => {
  const { shell } = context
  const display = readable(command, context)
  const [program] = shell.argv
  if (program === undefined) return { argv: directArgv(command, context), display }
  const kind = command.trimEnd().includes('\n') ? 'script' : 'line'
  const argv = shellArgv(shell, textFor(command.trimEnd(), program, kind, context), step.shellPackages)
  // With arguments of its own (a login shell, say) the shell does more than to start the program.
  const direct = shell.argv.length === 1 && familyOf(program) === 'posix' ? simpleCommand(command.trimEnd()) : undefined
  return { argv, display, ...(direct && { direct }) }
}

const directArgv = (command: string, { exec }: CommandContext): string[] =>
  splitWords(command).map(({ text, literal }) => (literal ? withoutEscapes(text) : expandText(text, PLACES.exec, exec)))

/** Where no shell reads the text, `\$` is the engine's escape, in single quotes too. */
const withoutEscapes = (text: string): string =>
  text.replace(/\\+(?=\$)/g, slashes => (slashes.length % 2 === 1 ? slashes.slice(1) : slashes))

/** Shells that have no `${V:0:3}` of their own. */
const NO_SLICES = /^(sh|dash|ash)$/

const textFor = (text: string, program: string, kind: 'line' | 'script', context: CommandContext): string => {
  const family = familyOf(program)
  const { names, generated } = context
  if (family === 'posix' || family === 'nix') {
    return shellText(text, { kind, names, generated, slices: NO_SLICES.test(baseName(program)) })
  }
  const dialect = family === 'other' ? 'program' : family
  return foreignText(text, { dialect, plain: kind === 'line' && baseName(program) !== 'fish', names, generated })
}

const STOP_ON_ERROR = "$ErrorActionPreference = 'Stop'\n$PSNativeCommandUseErrorActionPreference = $true\n"

const shellArgv = (shell: Shell, text: string, packages: readonly string[]): string[] => {
  const [program = 'sh', ...args] = shell.argv
  const family = familyOf(program)
  if (family === 'powershell') return [program, ...args, '-NoProfile', '-Command', STOP_ON_ERROR + text]
  if (family === 'cmd') return [program, ...args, '/c', text]
  if (family === 'nix') return [program, ...args, ...packages.flatMap(name => ['-p', name]), '--run', text]
  const hasC = endsInDashC(args)
  const own = hasC ? args.slice(0, -1) : args
  // A `-c` of the user's own (or `-lc`) stays last: the text must follow it directly.
  return [program, ...own, ...errexit(shell, family, args), hasC ? args.at(-1)! : '-c', text]
}

const endsInDashC = (args: readonly string[]): boolean => /^-[A-Za-z]*c$/.test(args.at(-1) ?? '')

const errexit = (shell: Shell, family: Family, args: readonly string[]): string[] => {
  if (family !== 'posix' || (shell.ofStep && args.length > 0)) return []
  return args.some((arg, i) => /^-[A-Za-z]*e/.test(arg) || (arg === 'errexit' && args[i - 1] === '-o')) ? [] : ['-e']
}

const scriptJob = (script: string, interpreter: string | undefined, step: Step, context: CommandContext): Job => {
  const display = readable(interpreter ?? firstLine(script), context)
  const job = (argv: string[], program: string, suffix = ''): Job => ({
    argv,
    script: { content: scriptText(script, program, context), suffix },
    display,
  })
  if (interpreter !== undefined) {
    const argv = directArgv(interpreter, context)
    return job([...argv, SCRIPT_PATH], argv[0] ?? 'sh')
  }
  const shebang = context.shell.ofStep ? undefined : readShebang(script)
  if (shebang !== undefined) return job([...shebang.argv, SCRIPT_PATH], shebang.program)
  const [program = 'sh'] = context.shell.argv
  const family = familyOf(program)
  const suffix = family === 'powershell' ? '.ps1' : family === 'cmd' ? '.bat' : ''
  return job(scriptArgv(context.shell, family, step.shellPackages), program, suffix)
}

const scriptText = (script: string, program: string, context: CommandContext): string => {
  const text = textFor(script, program, 'script', context)
  return familyOf(program) === 'powershell' ? STOP_ON_ERROR + text : text
}

const scriptArgv = (shell: Shell, family: Family, packages: readonly string[]): string[] => {
  const [program = 'sh', ...args] = shell.argv
  if (family === 'powershell')
    return [program, ...args, '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', SCRIPT_PATH]
  if (family === 'cmd') return [program, ...args, '/c', SCRIPT_PATH]
  if (family === 'nix')
    return [program, ...args, ...packages.flatMap(name => ['-p', name]), '--run', `sh -e '${SCRIPT_PATH}'`]
  const last = args.at(-1) ?? ''
  const own = endsInDashC(args) ? [...args.slice(0, -1), ...(last === '-c' ? [] : [last.slice(0, -1)])] : args
  return [program, ...own, ...errexit(shell, family, own), SCRIPT_PATH]
}

/** The interpreter line as the kernel reads it: a program and at most one argument. */
const readShebang = (script: string): { argv: string[]; program: string } | undefined => {
  const match = /^#![ \t]*(\S+)(?:[ \t]+([^\r\n]*?))?[ \t]*\r?(?:\n|$)/.exec(script)
  if (match === null) return undefined
  const argv = match[2] === undefined || match[2] === '' ? [match[1]!] : [match[1]!, match[2]]
  const named = baseName(match[1]!) === 'env' ? match[2]?.replace(/^-S\s*/, '').split(/\s+/)[0] : match[1]
  return { argv, program: named ?? match[1]! }
}

const firstLine = (script: string): string => {
  const line = script.split('\n').find(text => text.trim() !== '' && !text.startsWith('#!')) ?? ''
  return script.trimEnd().includes('\n') ? `${line} …` : line
}
