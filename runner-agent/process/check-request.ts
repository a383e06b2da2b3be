// What no process can be given. Promise: such a request is refused with the reason before anything of it exists.

import type { StepRequest } from './types.ts'

/** One `NAME=value` or argument may be 128 KiB including its NUL: a limit of Linux. */
const MAX_STRING_BYTES = 131_071
/** Below this many UTF-16 units a string cannot reach the limit, whatever it encodes to. */
const SURELY_SHORT = 43_000

/** A request that cannot be run as a process at all. */
export class UnusableRequest extends Error {}

/** Everything but the environment. Throws `UnusableRequest`. */
export function checkRequest({ argv, dir, cwd, stdoutPath, stderrPath }: StepRequest): void {
  if (argv.length === 0 || argv[0] === '') throw new UnusableRequest('there is no command to run')
  if (/[\n\0]/.test(dir)) throw new UnusableRequest('the path of the step contains a newline')
  for (const path of [cwd, stdoutPath, stderrPath])
    if (!path.startsWith('/') || path.includes('\0'))
      throw new UnusableRequest('a path is not absolute, or contains a NUL byte')
  for (const arg of argv) {
    if (arg.includes('\0')) throw new UnusableRequest('an argument contains a NUL byte')
    if (tooLong(arg))
      throw new UnusableRequest(
        'an argument is longer than 128 KiB, the limit of the operating system; pass it by file',
      )
  }
}

/** A variable that is new to a lane. Throws `UnusableRequest`. */
export function checkVariable(name: string, value: string): void {
  if (name === '' || name.includes('=') || name.includes('\0'))
    throw new UnusableRequest('the environment has an invalid variable name')
  if (value.includes('\0')) throw new UnusableRequest(`the environment variable ${name} contains a NUL byte`)
  if (tooLong(value, name.length + 1))
    throw new UnusableRequest(
      `the environment variable ${name} is longer than 128 KiB, the limit of the operating system; pass it by file`,
    )
}

/** `NAME=value` for `env`, where a shell cannot export it. Throws `UnusableRequest`. */
export function specialVariable(name: string, value: string): string {
  checkVariable(name, value)
  return `${name}=${value}`
}

const tooLong = (text: string, extra = 0): boolean =>
  text.length + extra > SURELY_SHORT && Buffer.byteLength(text) + extra > MAX_STRING_BYTES
