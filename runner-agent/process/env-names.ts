// Which variables a lane's bash may carry for a step. The others would change how the shell itself works, are read-only in
// it, or cannot be named in it, and are given to the program by `env` instead.

import { MARKER } from './types.ts'

const SPECIAL = new Set(
  (
    '_ BASHOPTS BASHPID CDPATH CHILD_MAX COLUMNS COPROC DIRSTACK ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FIGNORE FUNCNAME ' +
    'FUNCNEST GLOBIGNORE GLOBSORT GROUPS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE HISTSIZE HISTTIMEFORMAT IFS ' +
    'IGNOREEOF INPUTRC LINENO LINES MAPFILE OPTARG OPTERR OPTIND PIPESTATUS POSIXLY_CORRECT POSIX_PEDANTIC PPID PROMPT_COMMAND ' +
    'PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 RANDOM REPLY SECONDS SHELLOPTS SHLVL SRANDOM TEXTDOMAIN TEXTDOMAINDIR TIMEFORMAT TMOUT ' +
    'UID auto_resume histchars ignoreeof'
  ).split(' '),
)

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** True when `export NAME=...` in a lane does what it says and nothing else. OLDPWD and PWD are set after the job's cd. */
export const laneCanExport = (name: string): boolean =>
  IDENTIFIER.test(name) &&
  !SPECIAL.has(name) &&
  !name.startsWith('BASH') &&
  !name.startsWith('COMP_') &&
  !name.startsWith('READLINE_') &&
  !name.startsWith('__e_')

/** Set for each process by the job itself, whatever the request's environment says. */
export const OWN_NAMES: ReadonlySet<string> = new Set(['PWD', 'OLDPWD', MARKER])
