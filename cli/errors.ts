// What a command says when it cannot go on: what happened, why, and what to do; with the exit code that scripts can rely on.

/** 0 ok · 1 failed run · 2 usage · 3 authentication · 4 not found · 5 conflict · 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, auth: 3, notFound: 4, conflict: 5, interrupted: 130 } as const

export class CommandError extends Error {
  readonly exitCode: number
  readonly hint: string | undefined
  constructor(message: string, exitCode: number, hint?: string) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
    this.hint = hint
  }
}

export const usage = (message: string, hint?: string): CommandError => new CommandError(message, EXIT.usage, hint)

/** Exit code for an answer of the server. */
export function exitCodeOf(httpStatus: number): number {
  if (httpStatus === 401 || httpStatus === 403) return EXIT.auth
  if (httpStatus === 404) return EXIT.notFound
  if (httpStatus === 409) return EXIT.conflict
  return httpStatus >= 400 && httpStatus < 500 ? EXIT.usage : EXIT.failed
}
