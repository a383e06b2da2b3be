// The texts in which a secret may show itself: as it is, trimmed, JSON-escaped, URL-encoded, and in base64 at any alignment; and what
// is taken out of one that holds several: the values of JSON (`${CREDS.password}`), the lines of a key.

import { BASE64, encodeBase } from '../base-encoding.ts'
import { parseJson } from '../expr/json-path.ts'
import { utf8 } from '../utf8.ts'

/** Base64 of fewer characters than this would mask what is no secret. */
const MIN_BASE64 = 8

/** All forms of one secret, without repeats; an empty secret has none. */
export const secretForms = (secret: string): string[] => {
  const texts = new Set([secret, secret.trim()].filter(text => text !== ''))
  const forms = [...texts].flatMap(text => [text, ...jsonForms(text), ...urlForms(text), ...base64Forms(text)])
  return [...new Set([...forms, ...parts(secret)])].filter(form => form !== '')
}

/** Shorter values of a JSON secret are mostly none (`eu-west-1` is no secret, but masked nevertheless). */
const MIN_VALUE = 8
/** Shorter lines are brackets and the like. */
const MIN_LINE = 16
/** A file of secrets that is longer has other ways out than single lines. */
const MAX_PARTS = 200

const parts = (secret: string): string[] => {
  const values = /^\s*[[{]/.test(secret) ? texts(parseJson(secret)).filter(text => text.length >= MIN_VALUE) : []
  const lines = secret.split(/\r?\n/).map(line => line.trim())
  return [...values, ...(lines.length > 1 ? lines.filter(line => line.length >= MIN_LINE) : [])].slice(0, MAX_PARTS)
}

const texts = (json: unknown): string[] => {
  const found: string[] = []
  const open = [json]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') found.push(value)
    else if (typeof value === 'object' && value !== null) open.push(...Object.values(value))
  }
  return found
}

const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** As JSON writers differ: plain, safe for HTML, and ASCII only. */
const jsonForms = (text: string): string[] => {
  const plain = JSON.stringify(text).slice(1, -1)
  return [plain, plain.replace(/[<>&]/g, unicodeEscape), plain.replace(/[^ -~]/g, unicodeEscape)]
}

const urlForms = (text: string): string[] => {
  const loose = encodeURIComponent(text.toWellFormed())
  const strict = loose.replace(/[!'()*~]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const upper = [loose, strict, loose.replaceAll('%20', '+'), strict.replaceAll('%20', '+')]
  return [...upper, ...upper.map(form => form.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()))]
}

/** Base64 at each of the three alignments: without the characters that depend on its neighbours, and as it ends where none follows. */
const base64Forms = (text: string): string[] => {
  const bytes = utf8(text)
  return [0, 1, 2].flatMap(shift => {
    const encoded = encodeBase(BASE64, [...new Array<number>(shift).fill(0), ...bytes])
    const start = shift === 0 ? 0 : shift + 1
    const sixths = ((bytes.length + shift) * 8) / 6
    const forms = [encoded.slice(start, Math.ceil(sixths)), encoded.slice(start, Math.floor(sixths))]
    if (forms[1]!.length < MIN_BASE64) return []
    return forms.flatMap(form => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
  })
}
