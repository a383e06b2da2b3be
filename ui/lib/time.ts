// Times as people say them. Every function takes "now", so that nothing here reads a clock.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Milliseconds since the epoch; undefined for `""`, `"-"` and anything else that is no time. */
export function parseTime(value: string | undefined | null): number | undefined {
  if (!value || value === '-') return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

/** `0 ms`, `850 ms`, `3.2 s`, `42 s`, `3 min 12 s`, `2 h 05 min`, `3 d 4 h`. Negative durations count as 0. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms)
  if (value < SECOND) return `${Math.round(value)} ms`
  if (value < 10 * SECOND) return `${(Math.floor(value / 100) / 10).toFixed(1).replace(/\.0$/, '')} s`
  if (value < MINUTE) return `${Math.floor(value / SECOND)} s`
  if (value < HOUR) return `${Math.floor(value / MINUTE)} min ${pad(Math.floor((value % MINUTE) / SECOND))} s`
  if (value < DAY) return `${Math.floor(value / HOUR)} h ${pad(Math.floor((value % HOUR) / MINUTE))} min`
  return `${Math.floor(value / DAY)} d ${Math.floor((value % DAY) / HOUR)} h`
}

const pad = (value: number): string => String(value).padStart(2, '0')

/**
 * Duration between two API times. The API has whole seconds, so anything that starts and ends within one reads `< 1 s`.
 * @param now stands in for an end that is not there yet
 */
export function formatSpan(startedAt: string | undefined, finishedAt: string | undefined, now: number): string {
  const start = parseTime(startedAt)
  if (start === undefined) return ''
  const end = parseTime(finishedAt) ?? now
  const ms = Math.max(0, end - start)
  const precise = (startedAt ?? '').includes('.')
  if (!precise && ms < SECOND) return '< 1 s'
  return formatDuration(precise ? ms : Math.floor(ms / SECOND) * SECOND)
}

/** Duration of a step: exact where the API gives milliseconds. */
export function formatNodeSpan(
  node: { startedAt: string; finishedAt: string; startedAtMs?: number; finishedAtMs?: number },
  now: number,
): string {
  const { startedAtMs: start, finishedAtMs: end } = node
  if (start === undefined) return formatSpan(node.startedAt, node.finishedAt, now)
  return end === undefined ? formatSpan(node.startedAt, '', now) : formatDuration(end - start)
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** A text with its instants as clock times of this browser: `goes on at 14:05:09`. */
export const withLocalTimes = (text: string, timeZone?: string): string =>
  text.replace(INSTANT, instant =>
    new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...(timeZone === undefined ? {} : { timeZone }) }).format(
      Date.parse(instant),
    ),
  )

/** `just now`, `12 s ago`, `3 min ago`, `in 2 h`: always a number and a unit, coarse on purpose. */
export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < 5 * SECOND) return at <= now ? 'just now' : 'now'
  const [count, unit] =
    distance < MINUTE
      ? [Math.floor(distance / SECOND), 's']
      : distance < HOUR
        ? [Math.floor(distance / MINUTE), 'min']
        : distance < DAY
          ? [Math.floor(distance / HOUR), 'h']
          : [Math.floor(distance / DAY), distance < 2 * DAY ? 'day' : 'days']
  return at <= now ? `${count} ${unit} ago` : `in ${count} ${unit}`
}

/** When something is guessed to happen: `any moment`, `in about 5 min`. */
export const formatExpected = (at: number, now: number): string =>
  at - now < 5 * SECOND ? 'any moment' : formatRelative(at, now).replace('in ', 'in about ')

/** `in 42 s`, `in 3 min 12 s`, `in a moment` once it is due. */
export const formatCountdown = (at: number, now: number): string =>
  at - now < SECOND ? 'in a moment' : `in ${formatDuration(Math.floor((at - now) / SECOND) * SECOND)}`

/** When the text of formatRelative changes next, in ms: ticking more often would be wasted. */
export function relativeTickMs(at: number, now: number): number {
  const distance = Math.abs(now - at)
  if (distance < MINUTE) return 5 * SECOND
  if (distance < HOUR) return 30 * SECOND
  return 10 * MINUTE
}

/** Exact time with zone, for titles: `2026-11-21 14:05:09 GMT+1`. */
export function formatExact(at: number, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).formatToParts(at)
  const part = (type: string): string => parts.find(entry => entry.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
}
