// Schedules in words, for the common cron shapes; anything else stays cron.
import type { ScheduleItem } from '../api/types.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const isNumber = (field: string | undefined): field is string => field !== undefined && /^\d+$/.test(field)
const clock = (hour: string, minute: string): string => `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`

/** `every 5 minutes`, `daily at 03:00`, `Mondays at 09:30`, ...; undefined when there is no short wording. */
export function cronWords(expression: string): string | undefined {
  const [minute, hour, day, month, weekday, ...rest] = expression.trim().split(/\s+/)
  if (rest.length > 0 || weekday === undefined || month !== '*') return undefined
  const everyDay = day === '*' && weekday === '*'
  if (everyDay && hour === '*') {
    if (minute === '*') return 'every minute'
    const step = /^\*\/(\d+)$/.exec(minute ?? '')?.[1]
    if (step !== undefined) return `every ${step} minutes`
    if (isNumber(minute)) return `hourly at :${minute.padStart(2, '0')}`
    return undefined
  }
  const hourStep = /^\*\/(\d+)$/.exec(hour ?? '')?.[1]
  if (everyDay && hourStep !== undefined && minute === '0') return `every ${hourStep} hours`
  if (!isNumber(minute) || !isNumber(hour)) return undefined
  if (everyDay) return `daily at ${clock(hour, minute)}`
  if (day === '*' && weekday === '1-5') return `weekdays at ${clock(hour, minute)}`
  if (day === '*' && isNumber(weekday) && DAYS[Number(weekday)])
    return `${DAYS[Number(weekday)]}s at ${clock(hour, minute)}`
  if (isNumber(day) && weekday === '*') return `monthly on day ${day} at ${clock(hour, minute)}`
  return undefined
}

/** Several entries in a line; a zone that all of them name is named once. */
export function scheduleListWords(items: readonly ScheduleItem[]): string {
  const words = items.map(scheduleWords)
  const zone = words[0]?.match(/ \S+\/\S+$| UTC$/)?.[0]
  if (zone === undefined || words.length < 2 || !words.every(each => each.endsWith(zone))) return words.join(', ')
  return `${words.map(each => each.slice(0, -zone.length)).join(', ')}${zone}`
}

export function scheduleWords(item: ScheduleItem): string {
  if (item.at) return `once at ${item.at}`
  const [, prefix, expression = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/.exec(item.expression ?? '') ?? []
  const zone = prefix ? ` ${prefix}` : ''
  return (cronWords(expression) ?? expression) + zone
}
