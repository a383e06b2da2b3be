// The spawner of lanes: a bash of some megabytes that stays when nothing runs, where a Node would take ten times that. It opens
// lanes and holds no state that matters, so its death (or the agent's) harms no step. A lane and the agent talk over two named
// pipes, without this process between them.
//
// In (stdin):   o <id>   open a lane      k <id>   the agent has its ends of the pipes      c <id>   close (the lane ends by itself)
// Out (stdout): f <id>   it is at <runtimeDir>/lane-<id>.in and .out                        e <id>   it could not be opened
//
// Rules that are easy to break:
// - A named pipe is opened while this process holds both its ends: neither it nor a lane waits for an agent that has died.
// - The ends of a lane are open before it exists. So its death closes the last writer, which is how the agent learns of it.
// - Without job control bash starts what is in the background with SIGINT and SIGQUIT ignored, and no step could have them back.
// - A lane leads a session of its own, by which its processes are found. The first of a pipeline leads a process group, and
//   `setsid` could not do it in its place: so it is the second.
// - Lanes begin with an empty environment, and with the umask of the agent.

import { LANE_SCRIPT } from './lane-script.ts'

const SPAWNER_SCRIPT = `
trap : INT HUP
set -m
cd /
setsid=$(type -P setsid) || exit 1
declare -A ins outs
release() {
  local i=\${ins[$1]} o=\${outs[$1]}
  [[ $i ]] || return 0
  exec {i}>&- {o}>&-
  unset -v "ins[$1]" "outs[$1]"
}
open() {
  local pipes=$1/lane-$2 notices=$1/notices-$2 i o r w n m
  : >"$notices" && mkfifo -m 600 "$pipes.in" "$pipes.out" || return 1
  exec {i}<>"$pipes.in" {o}<>"$pipes.out" {r}<"$pipes.in" {w}>"$pipes.out" {n}>>"$notices" {m}<"$notices" || return 1
  ins[$2]=$i outs[$2]=$o
  : | exec -c "$setsid" "$BASH" --noprofile --norc -c "$3" edgedag-lane "$1/job-$2" <&$r >&$w 2>&$n 3<&$m &
  exec {r}<&- {w}>&- {n}>&- {m}<&-
}
while IFS=' ' read -r verb id; do
  case $verb in
    o) if open "$1" "$id" "$2"; then printf 'f %s\\n' "$id"; else release "$id"; printf 'e %s\\n' "$id"; fi ;;
    k | c) release "$id" ;;
  esac
done
`

/** Whether lanes can be: a bash 5 (they are not proven with an older one), and what the spawner calls. `$1` is the folder of its pipes. */
export const LANE_PROBE = '((BASH_VERSINFO >= 5)) && type -P setsid >/dev/null && mkfifo "$1/probe" && rm "$1/probe"'

/** Where the notices of a lane were; they are open by the time that the agent is told of the lane, and nobody else needs the name. */
export const noticesName = (lane: string): string => `notices-${lane}`

/** Arguments of a `bash` that opens lanes with their files in this folder. */
export const laneSpawnerArguments = (runtimeDir: string): string[] => [
  '--noprofile',
  '--norc',
  '-c',
  SPAWNER_SCRIPT,
  'edgedag-spawner',
  runtimeDir,
  LANE_SCRIPT,
]
