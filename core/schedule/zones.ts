// Wall clocks of time zones. Times are epoch milliseconds; nothing here reads a clock.

const HOUR_MS = 3_600_000
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

/** What a wall clock in the zone shows, as the epoch ms at which a clock in UTC shows the same. Whole seconds. */
export function wallClock(at: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(part => [part.type, Number(part.value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** How far the zone's wall clock is ahead of UTC, in ms. */
export const offsetMs = (at: number, zone: string): number => wallClock(at, zone) - Math.floor(at / 1000) * 1000

/** `+02:00` */
export function offsetText(ms: number): string {
  const minutes = Math.abs(Math.round(ms / 60_000))
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** RFC 3339 with the zone's offset, whole seconds. */
export function localTime(at: number, zone: string): string {
  const offset = offsetMs(at, zone)
  return `${new Date(at + offset).toISOString().slice(0, 19)}${offsetText(offset)}`
}

/** The first moment of a calendar day (`2026-03-29`) in a zone; null: there is no such date. */
export function startOfDay(date: string, zone: string): number | null {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date))
    return null
  // Clocks may jump at midnight: then the day begins at the jump.
  for (const offset of new Set([offsetMs(midnight - 14 * HOUR_MS, zone), offsetMs(midnight + 14 * HOUR_MS, zone)])) {
    const at = midnight - offset
    if (wallClock(at, zone) === midnight && wallClock(at - 1000, zone) < midnight) return at
  }
  let low = midnight - 26 * HOUR_MS
  let high = midnight + 26 * HOUR_MS
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000
    if (wallClock(middle, zone) >= midnight) high = middle
    else low = middle
  }
  return high
}
