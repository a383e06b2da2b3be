// Shared by the tests of this folder: real steps in a folder of their own, and waiting for facts instead of for time.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { StepRequest } from './types.ts'

export const PATH = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'

export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'edgedag-process-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

let count = 0

/** A request for `argv` in a new folder under `base`, with PATH as its only variable unless told. */
export function stepRequest(base: string, argv: string[], more: Partial<StepRequest> = {}): StepRequest {
  const key = `test-${process.pid}-${count++}`
  const dir = join(base, key)
  const files = { stdoutPath: join(dir, 'out'), stderrPath: join(dir, 'err') }
  return { key, dir, argv, env: { PATH }, cwd: base, ...files, ...more }
}

export const readOut = (request: StepRequest): string => readFileSync(request.stdoutPath, 'utf8')
export const readErr = (request: StepRequest): string => readFileSync(request.stderrPath, 'utf8')

/** Resolves with the first truthy value of `look`; the test's own time limit ends a wait in vain. */
export async function until<T>(look: () => T): Promise<NonNullable<T>> {
  for (;;) {
    let value: T | undefined
    try {
      value = look()
    } catch {}
    if (value) return value
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A clock that moves only when told. */
export function manualClock(): Clock & { advance(ms: number): void } {
  let now = 0
  let timers: { at: number; fn: () => void }[] = []
  return {
    now: () => now,
    after: (ms, fn) => {
      const timer = { at: now + ms, fn }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
    advance: ms => {
      now += ms
      const due = timers.filter(timer => timer.at <= now)
      timers = timers.filter(timer => timer.at > now)
      for (const timer of due) timer.fn()
    },
  }
}
