// `printf` and its like, with the verbs of Go's fmt that texts are made of.
import { utf8 } from '../../utf8.ts'
import { bounded, type Functions, number, text } from './values.ts'

const VERB = /%([-+# 0]*)(\d+)?(?:\.(\d+))?([%vsdqtfgexXobcT])/g

/** The name of a value's type in Go. */
export const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

/** Numbers in base 16, texts as the bytes that they are. */
const hex = (value: unknown): string =>
  typeof value === 'string'
    ? utf8(value)
        .map(byte => byte.toString(16).padStart(2, '0'))
        .join('')
    : Math.trunc(number(value)).toString(16)

const exponent = (value: number, digits: number): string =>
  value.toExponential(digits).replace(/e([+-])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`)

function bare(verb: string, value: unknown, precision: number | undefined): string {
  const digits = Math.min(20, precision ?? 6)
  if (verb === 'q') return JSON.stringify(text(value))
  if (verb === 'd') return text(value)
  if (verb === 'f') return number(value).toFixed(digits)
  if (verb === 'e') return exponent(number(value), digits)
  if (verb === 'g')
    return precision === undefined ? text(number(value)) : text(Number(number(value).toPrecision(Math.max(1, digits))))
  if (verb === 'x') return hex(value)
  if (verb === 'X') return hex(value).toUpperCase()
  if (verb === 'o') return Math.trunc(number(value)).toString(8)
  if (verb === 'b') return Math.trunc(number(value)).toString(2)
  if (verb === 'c') return String.fromCodePoint(Math.min(0x10ffff, Math.max(0, Math.trunc(number(value)))))
  if (verb === 'T') return typeName(value)
  return precision === undefined ? text(value) : text(value).slice(0, precision)
}

function padded(made: string, flags: string, width: number, isNumber: boolean): string {
  const signed = flags.includes('+') && isNumber && !made.startsWith('-') ? `+${made}` : made
  if (flags.includes('-')) return signed.padEnd(width)
  if (!flags.includes('0') || !isNumber) return signed.padStart(width)
  const sign = /^[+-]/.exec(signed)?.[0] ?? ''
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0')
}

function printf(format: unknown, ...args: unknown[]): string {
  let next = 0
  return text(format).replace(
    VERB,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%'
      const value = args[next++]
      const made = bare(verb, value, precision === undefined ? undefined : Number(precision))
      return padded(made, flags, bounded(width ?? 0, 1000), typeof value === 'number' && /[dfgexXob]/.test(verb))
    },
  )
}

export const printing: Functions = {
  printf,
  print: (...values) => values.map(text).join(''),
  println: (...values) => `${values.map(text).join(' ')}\n`,
  html: value =>
    text(value).replace(
      /[&<>"']/g,
      char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[char]!,
    ),
  urlquery: value => encodeURIComponent(text(value)).replace(/%20/g, '+'),
  typeOf: typeName,
  typeIs: (name, value) => typeName(value) === text(name),
  typeIsLike: (name, value) => typeName(value) === text(name),
  kindOf: value => kinds[typeName(value)] ?? typeName(value),
  kindIs: (name, value) => (kinds[typeName(value)] ?? typeName(value)) === text(name),
}

const kinds: Record<string, string> = {
  '<nil>': 'invalid',
  '[]interface {}': 'slice',
  'map[string]interface {}': 'map',
}
