// The words of process supervision: what is asked for, who the process is, how it ended. No behaviour.

/** One process to run. All paths are absolute; nothing here is expanded or looked up, except argv[0] in `env.PATH`. */
export interface StepRequest {
  /** Unique per step attempt on this host; becomes the value of the marker variable, so that stray descendants are found. */
  key: string
  /**
   * A path of this process alone, without a newline: `<dir>.state` is its record (`<dir>.tee` where there are copies). The
   * folder that it is in is created when missing; itself it need not exist.
   */
  dir: string
  argv: readonly string[]
  /** The whole environment, byte for byte. `PWD` is added (= cwd) when absent, and the marker variable always. */
  env: Readonly<Record<string, string>>
  /** Must exist; a missing one ends the step with exit code 1 and a line on its stderr. */
  cwd: string
  umask?: number
  /** Appended to, created when missing (its folder too). */
  stdoutPath: string
  stderrPath: string
  /** Both streams go to stdoutPath, in the order written. */
  merged?: boolean
  /** Copies of what the streams bring, appended while the step runs and complete when `exited` resolves. */
  tee?: { stdout?: string; stderr?: string }
  /** Steps with the same value prefer the same lane (give the run's id): less environment to send. */
  affinity?: string
}

/** Who a process is, so that a restarted agent can tell it from another that got the same pid. */
export interface StepIdentity {
  pid: number
  /** Process group; equals pid, except under the sh fallback, where it is the wrapper's. */
  pgid: number
  /** Field 22 of /proc/PID/stat in clock ticks since boot; '0' where there is no /proc. */
  startTime: string
  bootId: string
  /** The shell that waits for it and records its end. */
  wrapperPid: number
}

export interface StepExit {
  /** The process's own code; -1 when a signal killed it; 127 when not found; 1 when it could not be started. */
  exitCode: number
  /** Name of the signal that killed it, e.g. `SIGTERM`. */
  signal?: string
  /** Why it could not be started, or was lost. One sentence, no secrets. */
  error?: string
  /** It is dead and nobody recorded how it ended (its shell was killed, or the host rebooted). */
  lost?: true
  /** No process was ever started. */
  notStarted?: true
}

export interface StepHandle {
  readonly key: string
  readonly dir: string
  /** Resolves when the process exists; undefined when it never will (see `exited`). Never rejects. */
  readonly started: Promise<StepIdentity | undefined>
  /** Resolves when the process itself has ended, whatever its descendants hold open. Never rejects. */
  readonly exited: Promise<StepExit>
}

/** The environment variable that marks a step's process and everything that comes from it. */
export const MARKER = 'EDGEDAG_STEP'
