// What started a run, and the time that it stands for.
import { parseTime } from './time.ts'

/** In a list. */
export const TRIGGERS: Readonly<Record<string, string>> = {
  scheduler: 'schedule',
  manual: 'by hand',
  webhook: 'webhook',
  subdag: 'parent run',
  retry: 'retry',
  catchup: 'catch-up',
}

const LATE_MS = 60_000

/** A run that stands for another time than it ran at: one that was made up for, or that waited long. */
export function isMadeUp(run: { scheduleTime?: string; startedAt: string; createdAt?: string }): boolean {
  const due = parseTime(run.scheduleTime)
  const began = parseTime(run.startedAt) ?? parseTime(run.createdAt)
  return due !== undefined && began !== undefined && Math.abs(began - due) >= LATE_MS
}
