// Command lines that mean the same with and without a shell. A shell costs more than many a command that it only starts; for
// plain words and an external program it adds nothing, so the agent may start the program itself.

/** Words of letters, digits and marks that no shell gives a meaning; no quotes, variables, globs, assignments or options of the shell. */
const PLAIN = /^[A-Za-z0-9_./@%+,][A-Za-z0-9_./:@%+,-]*(?: +[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:=@%+,-]*)* *$/

/** Words that a shell of the POSIX family (bash and zsh included) carries out itself, in another way than the program of that name. */
const SHELL_WORDS = new Set(
  `. [ alias autoload bg bind bindkey break builtin caller case cd chdir command compgen complete compopt continue coproc declare
  dirs disown do done echo elif else emulate enable esac eval exec exit export fc fg fi float for foreach function getopts hash help
  history if in integer jobs kill let limit local logout mapfile nocorrect noglob popd print printf pushd pwd r read readarray readonly
  rehash repeat return sched select set setopt shift shopt source stop suspend test then time times trap ttyctl type typeset ulimit
  umask unalias unfunction unhash unlimit unset unsetopt until vared wait whence where which while zcompile zmodload zparseopts
  zstyle`.split(/\s+/),
)

/** The argv of such a line; undefined: only a shell knows what it means. */
export function simpleCommand(line: string): string[] | undefined {
  if (!PLAIN.test(line)) return undefined
  const words = line.trimEnd().split(/ +/)
  const [program = ''] = words
  return SHELL_WORDS.has(program) || /^%/.test(program) ? undefined : words
}
