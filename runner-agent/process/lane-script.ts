// The shells that own step processes. A lane (bash) runs one job after another, each in a process group of its own; a
// wrapper (any POSIX sh) runs one. Both speak the same lines, survive the death of whoever started them, and record in
// `<dir>.state` who a process is and how it ended before they say it. The job itself is in the file that is their argument.
//
// In (stdin):  an empty line                        the job is in its file; end of file means: finish what runs, then exit
// Out (stdout): S <pid> <pgid> <startTime> <shellPid>   it exists, and is recorded
//               X <code> <signal>                      it ended; signal is a number, 0 for a normal exit
//               N                                      `<dir>.withdrawn` is there, or no job: nothing was started
//
// Rules that are easy to break:
// - bash reads a pipe byte by byte, so what it is told is short.
// - Only builtins between jobs: an exec costs a millisecond.
// - Signals get handlers, never '': an ignored signal would be inherited by the step.
// - What the agent happened to inherit (descriptors above 3) must not live on in a step.
// - A record is one write that ends in a newline, which is how a reader knows that it is complete. On a disk nothing is
//   truncated, and nothing created that can be helped: ext4 flushes on the one, and waits for its journal on the other.
// - fd 2 is an unlinked file, fd 3 reads it: bash's own notices ("Terminated", "Exit 143") are the only way to tell a
//   process killed by signal 15 from one that exited with 143. The job's text in them is the constant `__e_run`, so that
//   nothing of a step can imitate one.

/**
 * For `bash --noprofile --norc -c`. Not `wait -f`: bash 5.2 looks at freed memory there, and about one call in some thousands
 * spins for ever. Plain `wait` also returns when the job was stopped (SIGSTOP, 128 + 19): then `__e_stopped` pauses (by
 * reading an empty pipe) while the child is there, and asks again when it is not.
 */
export const LANE_SCRIPT = `
trap : PIPE
trap '__e_i=1' TERM INT HUP QUIT
for __e_f in /proc/self/fd/*; do
  __e_f=\${__e_f##*/}
  ((__e_f > 3)) && exec {__e_f}>&-
done
set -m
shopt -u checkwinsize
unset -v OLDPWD SHLVL PWD
__e_b=- __e_t=
IFS= read -r __e_b </proc/sys/kernel/random/boot_id
__e_run() {
  trap : PIPE
  read -r -a __e_s </proc/self/stat || __e_s=("$BASHPID" - - "$$" "$BASHPID")
  printf '%s %s %s %s %s\\n' "\${__e_s[0]}" "\${__e_s[4]}" "\${__e_s[21]:-0}" "$$" "$__e_b" >>"$__e_d.state" || exit 1
  printf 'S %s %s %s %s\\n' "\${__e_s[0]}" "\${__e_s[4]}" "\${__e_s[21]:-0}" "$$"
  exec 3<&-
  [[ $__e_t ]] && exec {__e_t}>&-
  __e_job
}
__e_stopped() {
  ((__e_r > 146 && __e_r < 151)) || return 1
  if read -r -a __e_s 2>/dev/null </proc/$__e_p/stat && [[ \${__e_s[3]} == $$ && \${__e_s[2]} != Z ]]; then
    [[ $__e_t ]] || exec {__e_t}<> <(:)
    read -r -t 0.1 -u $__e_t
    return 0
  fi
  wait $__e_p
  __e_r=$?
  return 1
}
while IFS= read -r __e_f; do
  __e_ok=
  . "$1"
  if [[ $__e_ok != 1 ]]; then printf 'N\\n'; continue; fi
  ( __e_run ) &
  __e_p=$!
  while __e_i=; wait $__e_p; __e_r=$?; [[ $__e_i ]] || __e_stopped; do :; done
  __e_k=0
  if ((__e_r > 128)); then
    __e_m=
    while IFS= read -r -u 3 __e_l; do [[ $__e_l == '['* ]] && __e_m=$__e_l; done
    [[ \${__e_m%%(*} == *"$__e_r"* ]] || __e_k=$((__e_r - 128))
  fi
  printf '%s %s\\n' $__e_r $__e_k >>"$__e_d.state"
  printf 'X %s %s\\n' $__e_r $__e_k
  unset -f __e_job
done
`

/**
 * For `sh -c` where bash 5 is missing: one job, in the group of the wrapper itself (there is no job control without a
 * terminal in dash). dash and busybox print a notice for a killed foreground process except on SIGINT and SIGPIPE, so those
 * two are reported as plain codes 130 and 141.
 */
export const WRAPPER_SCRIPT = `
trap : PIPE TERM INT HUP QUIT
__e_b=-
[ -r /proc/sys/kernel/random/boot_id ] && IFS= read -r __e_b </proc/sys/kernel/random/boot_id
__e_run() {
  trap : PIPE
  if [ -r /proc/self/stat ]; then
    read -r __e_p _ _ _ __e_g _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ __e_s _ </proc/self/stat
  else
    __e_p=$(exec sh -c 'echo $PPID'); __e_g=$$; __e_s=0
  fi
  printf '%s %s %s %s %s\\n' "$__e_p" "$__e_g" "$__e_s" "$$" "$__e_b" >>"$__e_d.state" || exit 1
  printf 'S %s %s %s %s\\n' "$__e_p" "$__e_g" "$__e_s" "$$"
  exec 3<&-
  __e_job
}
IFS= read -r __e_f || exit 0
__e_ok=
. "$1"
if [ "$__e_ok" != 1 ]; then printf 'N\\n'; exit 0; fi
( __e_run )
__e_r=$?
__e_k=0
if [ "$__e_r" -gt 128 ] && IFS= read -r __e_l <&3 && [ -n "$__e_l" ]; then __e_k=$((__e_r - 128)); fi
printf '%s %s\\n' "$__e_r" "$__e_k" >>"$__e_d.state"
printf 'X %s %s\\n' "$__e_r" "$__e_k"
exit 0
`
