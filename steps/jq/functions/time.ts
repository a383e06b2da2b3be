// Functions of time, all in UTC: seconds since 1970, and times in parts `[year, month, day, hours, minutes, seconds, weekday, day of year]`.
import { JqError, show, type Value } from '../values.ts'
import { listOf, type Natives, numberOf, plain, textOf } from './native.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')

const DAY_MS = 86_400_000
const pad = (n: number, length = 2, fill = '0'): string => String(n).padStart(length, fill)

function toParts(value: Value): Value[] {
  const seconds = numberOf(value, 'gmtime')
  const date = new Date(Math.floor(seconds) * 1000)
  if (Number.isNaN(date.getTime())) throw new JqError(`${show(value)} is no time`)
  const year = date.getUTCFullYear()
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / DAY_MS)
  const fraction = seconds - Math.floor(seconds)
  return [
    year,
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds() + fraction,
    date.getUTCDay(),
    dayOfYear,
  ]
}

function fromParts(value: Value): number {
  const parts = listOf(value, 'mktime').map(part => numberOf(part, 'mktime'))
  if (parts.length < 6) throw new JqError(`${show(value)} is no time in parts`)
  const [year, month, day, hours, minutes, seconds] = parts
  return Math.floor(Date.UTC(year!, month!, day!, hours!, minutes!, Math.floor(seconds!)) / 1000)
}

/** A number or parts, as a date. */
const dateOf = (value: Value): Date =>
  new Date((Array.isArray(value) ? fromParts(value) : Math.floor(numberOf(value, 'strftime'))) * 1000)

/** Week of the year, and the year it belongs to: weeks begin on Monday, the first has a Thursday. */
function isoWeek(date: Date): [week: number, year: number] {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS)
  const year = thursday.getUTCFullYear()
  return [Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1, year]
}

const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1
const hour12 = (date: Date): number => date.getUTCHours() % 12 || 12

const WRITE: Readonly<Record<string, (date: Date) => string>> = {
  Y: date => String(date.getUTCFullYear()),
  C: date => pad(Math.floor(date.getUTCFullYear() / 100)),
  y: date => pad(date.getUTCFullYear() % 100),
  m: date => pad(date.getUTCMonth() + 1),
  d: date => pad(date.getUTCDate()),
  e: date => pad(date.getUTCDate(), 2, ' '),
  H: date => pad(date.getUTCHours()),
  k: date => pad(date.getUTCHours(), 2, ' '),
  I: date => pad(hour12(date)),
  l: date => pad(hour12(date), 2, ' '),
  M: date => pad(date.getUTCMinutes()),
  S: date => pad(date.getUTCSeconds()),
  j: date => pad(dayOfYear(date), 3),
  p: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  A: date => DAYS[date.getUTCDay()]!,
  a: date => DAYS[date.getUTCDay()]!.slice(0, 3),
  B: date => MONTHS[date.getUTCMonth()]!,
  b: date => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  h: date => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  u: date => String(date.getUTCDay() || 7),
  w: date => String(date.getUTCDay()),
  U: date => pad(Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7)),
  W: date => pad(Math.floor((dayOfYear(date) + 6 - ((date.getUTCDay() + 6) % 7)) / 7)),
  V: date => pad(isoWeek(date)[0]),
  G: date => String(isoWeek(date)[1]),
  s: date => String(date.getTime() / 1000),
  Z: () => 'UTC',
  z: () => '+0000',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
}

const SHORT: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  c: '%a %b %e %H:%M:%S %Y',
  r: '%I:%M:%S %p',
  v: '%e-%b-%Y',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
}
const spelledOut = (format: string): string => format.replace(/%([TDFRcrvXx])/g, (_, letter: string) => SHORT[letter]!)

const write = (value: Value, format: Value): string => {
  const date = dateOf(value)
  return spelledOut(textOf(format, 'strftime')).replace(
    /%(.)/g,
    (whole, letter: string) => WRITE[letter]?.(date) ?? whole,
  )
}

interface Read {
  year: number
  month: number
  day: number
  hours: number
  minutes: number
  seconds: number
  isAfternoon?: boolean
  offsetMinutes: number
  epoch?: number
}

const named = (names: readonly string[], text: string): number =>
  names.findIndex(name => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase())

const digits = (pattern: string, of: (n: number) => Partial<Read>) => ({
  pattern,
  of: (text: string): Partial<Read> => of(Number(text)),
})

function offsetOf(text: string): Partial<Read> {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? []
  return { offsetMinutes: (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) }
}

const READ: Readonly<Record<string, { pattern: string; of(text: string): Partial<Read> }>> = {
  Y: digits('[+-]?\\d{4}', year => ({ year })),
  y: digits('\\d\\d', short => ({ year: short + (short < 69 ? 2000 : 1900) })),
  m: digits('\\d\\d?', month => ({ month: month - 1 })),
  d: digits('\\d\\d?', day => ({ day })),
  e: digits(' ?\\d\\d?', day => ({ day })),
  H: digits('\\d\\d?', hours => ({ hours })),
  I: digits('\\d\\d?', hours => ({ hours: hours % 12 })),
  M: digits('\\d\\d?', minutes => ({ minutes })),
  S: digits('\\d\\d?', seconds => ({ seconds })),
  p: { pattern: '[AaPp][Mm]', of: text => ({ isAfternoon: /^p/i.test(text) }) },
  j: digits('\\d{1,3}', day => ({ month: 0, day })),
  b: { pattern: '[A-Za-z]+', of: text => ({ month: named(MONTHS, text) }) },
  a: { pattern: '[A-Za-z]+', of: () => ({}) },
  z: { pattern: 'Z|[+-]\\d\\d:?\\d\\d', of: offsetOf },
  Z: { pattern: '[A-Za-z]+', of: () => ({}) },
  s: digits('-?\\d+', epoch => ({ epoch })),
}
const SAME: Readonly<Record<string, string>> = { B: 'b', h: 'b', A: 'a' }

function read(value: Value, format: Value): Value {
  const letters: string[] = []
  const pattern = spelledOut(textOf(format, 'strptime')).replace(
    /%(.)|[.*+?^${}()|[\]\\]|\s+/g,
    (whole, letter?: string) => {
      if (letter === undefined) return whole.trim() === '' ? '\\s*' : `\\${whole}`
      const known = READ[SAME[letter] ?? letter]
      if (known === undefined) return letter === '%' ? '%' : '(?!)'
      letters.push(SAME[letter] ?? letter)
      return `(${known.pattern})`
    },
  )
  const found = new RegExp(`^${pattern}$`).exec(textOf(value, 'strptime'))
  if (found === null) throw new JqError(`${show(value)} does not match the format ${JSON.stringify(format)}`)
  const into: Read = { year: 1900, month: 0, day: 1, hours: 0, minutes: 0, seconds: 0, offsetMinutes: 0 }
  for (const [index, letter] of letters.entries()) Object.assign(into, READ[letter]!.of(found[index + 1]!))
  if (into.epoch !== undefined) return toParts(into.epoch)
  const { year, month, day, hours, minutes, seconds, offsetMinutes } = into
  const at = Date.UTC(year, month, day, hours + (into.isAfternoon ? 12 : 0), minutes, seconds) - offsetMinutes * 60_000
  return toParts(at / 1000)
}

const ISO = '%Y-%m-%dT%H:%M:%SZ'

export const TIME: Natives = plain({
  'now/0': () => Date.now() / 1000,
  'gmtime/0': toParts,
  'localtime/0': toParts,
  'mktime/0': fromParts,
  'strftime/1': (value, format) => write(value, format!),
  'strflocaltime/1': (value, format) => write(value, format!),
  'strptime/1': (value, format) => read(value, format!),
  'todate/0': value => write(value, ISO),
  'fromdate/0': value => fromParts(read(value, ISO)),
})
