// `@json`, `@csv`, `@base64` and the others: a value as a text of some format.
import { BASE32, BASE64, decodeBase, encodeBase } from '@edgedag/core/base-encoding'
import { JqError, show, toText, type Value } from './values.ts'

const text = (value: Value): string => (typeof value === 'string' ? value : toText(value))

const HTML: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&apos;', '"': '&quot;' }

const row = (name: string, value: Value, separator: string, write: (text: string) => string): string => {
  if (!Array.isArray(value)) throw new JqError(`@${name} takes a list, not ${show(value)}`)
  return value
    .map(item => {
      if (typeof item === 'object' && item !== null)
        throw new JqError(`${show(item)} cannot stand in a row of @${name}`)
      return typeof item === 'string' ? write(item) : item === null ? '' : toText(item)
    })
    .join(separator)
}

const TAB_ESCAPES: Record<string, string> = { '\t': '\\t', '\r': '\\r', '\n': '\\n', '\\': '\\\\' }

const shellWord = (value: Value): string => {
  if (typeof value === 'object' && value !== null) throw new JqError(`${show(value)} cannot be quoted for a shell`)
  return typeof value === 'string' ? `'${value.replaceAll("'", `'\\''`)}'` : toText(value)
}

const fromBytes = (bytes: number[] | undefined, name: string, value: Value): string => {
  if (bytes === undefined) throw new JqError(`${show(value)} is no ${name}`)
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

const percentDecoded = (value: Value): string => {
  const bytes: number[] = []
  const encoded = new TextEncoder().encode(text(value))
  for (let at = 0; at < encoded.length; at++) {
    const digits = String.fromCharCode(...encoded.subarray(at + 1, at + 3))
    if (encoded[at] === 0x25 && /^[\da-f]{2}$/i.test(digits)) {
      bytes.push(Number.parseInt(digits, 16))
      at += 2
    } else bytes.push(encoded[at]!)
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

const FORMATS: Readonly<Record<string, (value: Value) => string>> = {
  text,
  json: value => toText(value),
  csv: value => row('csv', value, ',', item => `"${item.replaceAll('"', '""')}"`),
  tsv: value => row('tsv', value, '\t', item => item.replace(/[\t\r\n\\]/g, char => TAB_ESCAPES[char]!)),
  html: value => text(value).replace(/[<>&'"]/g, char => HTML[char]!),
  uri: value =>
    encodeURIComponent(text(value)).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  urid: percentDecoded,
  sh: value => (Array.isArray(value) ? value.map(shellWord).join(' ') : shellWord(value)),
  base64: value => encodeBase(BASE64, new TextEncoder().encode(text(value))),
  base64d: value => fromBytes(decodeBase(BASE64, text(value)), 'base64', value),
  base32: value => encodeBase(BASE32, new TextEncoder().encode(text(value))),
  base32d: value => fromBytes(decodeBase(BASE32, text(value)), 'base32', value),
}

/** The value in a format. */
export function formatted(name: string, value: Value): string {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (format === undefined) throw new JqError(`@${name} is no format`)
  return format(value)
}
