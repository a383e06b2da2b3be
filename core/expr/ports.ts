// What evaluation needs from a host. An agent offers both ports; the edge offers none, and then a need for one is a clear error.

export interface ShellOptions {
  env: Record<string, string>
  cwd?: string
  timeoutMs: number
}

export interface ShellResult {
  /** Exit code; -1 when killed by a signal, 124 when the time limit ended it. */
  code: number
  stdout: string
  stderr: string
}

/** Runs one command line in the run's shell, with stdin empty. */
export type ShellPort = (command: string, options: ShellOptions) => Promise<ShellResult>

export interface FilesPort {
  /** Content as UTF-8, `undefined` where there is no such file; rejects on any other failure. */
  readText(path: string): Promise<string | undefined>
  exists(path: string): Promise<boolean>
}

export interface Ports {
  shell?: ShellPort
  files?: FilesPort
}

/** Limits of a command substitution and of a command condition. */
export const SUBSTITUTION_TIMEOUT_MS = 10_000
export const CONDITION_TIMEOUT_MS = 60_000
