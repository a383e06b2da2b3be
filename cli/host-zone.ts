// The time zone of this machine, as a name that schedules can be read in.
import { realpathSync } from 'node:fs'
import { isZone } from '@edgedag/core/schedule/cron'

/**
 * The IANA name of the zone that `TZ` or the system says. `TZ` may begin with a colon and may be the path of a zone file
 * (`:/etc/localtime` is common: it spares a look at that file); null: what it says has no name (`TZ=CET-1CEST`, an unknown one).
 * https://www.gnu.org/software/libc/manual/html_node/TZ-Variable.html
 */
export function namedZone(
  tz = process.env.TZ,
  systemZone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string | null {
  const said = tz?.replace(/^:/, '') ?? ''
  for (const zone of [said.startsWith('/') ? zoneOfFile(said) : said, said === '' ? systemZone : undefined])
    if (zone !== undefined && isZone(zone)) return zone
  return tz ? null : 'UTC'
}

/** Zone files lie under their names in a folder `zoneinfo`. */
function zoneOfFile(path: string): string | undefined {
  try {
    return realpathSync(path)
      .split('/zoneinfo/')[1]
      ?.replace(/^(posix|right)\//, '')
  } catch {
    return undefined
  }
}

/** The zone that schedules without one are read in here. */
export const hostZone = (): string => namedZone() ?? 'UTC'
