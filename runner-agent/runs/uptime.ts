// Time that a restart of the agent does not reset and a change of the wall clock does not move: the host's uptime.
import { uptime } from 'node:os'
import { currentBootId } from '../process/proc.ts'
import type { Deadline } from './host-run-state.ts'

/** Milliseconds since the host was booted (10 ms steps). */
export const uptimeMs = (): number => uptime() * 1000

export const deadlineIn = (ms: number): Deadline => ({ bootId: currentBootId(), uptimeMs: uptimeMs() + ms })

/** Milliseconds left; 0 when it is over, or belongs to an earlier boot. */
export const remainingMs = (deadline: Deadline): number =>
  deadline.bootId === currentBootId() ? Math.max(0, deadline.uptimeMs - uptimeMs()) : 0
