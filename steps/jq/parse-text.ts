// Texts in double quotes: escapes, and queries within `\( )`.
import { parsePipe } from './parse.ts'
import type { Reader } from './read.ts'
import type { Node } from './syntax.ts'

const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads a text from its opening quote to its closing one. */
export function parseText(reader: Reader, format?: string): Node {
  reader.expect('"')
  const parts: (string | Node)[] = []
  let plain = ''
  for (;;) {
    const char = reader.text[reader.at++]
    if (char === undefined) reader.fail('the text is not closed')
    if (char === '"') break
    if (char !== '\\') plain += char
    else if (reader.text[reader.at] === '(') {
      reader.at++
      parts.push(plain, parsePipe(reader))
      plain = ''
      reader.skipBlanks()
      if (reader.text[reader.at++] !== ')') reader.fail('")" is expected')
    } else plain += readEscape(reader)
  }
  if (parts.length === 0) return { is: 'literal', value: plain }
  if (plain !== '') parts.push(plain)
  return format === undefined ? { is: 'text', parts } : { is: 'text', parts, format }
}

function readEscape(reader: Reader): string {
  const char = reader.text[reader.at++] ?? ''
  if (char === 'u') {
    const digits = reader.text.slice(reader.at, reader.at + 4)
    if (!/^[\da-fA-F]{4}$/.test(digits)) reader.fail('four hexadecimal digits are expected')
    reader.at += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }
  const found = ESCAPES[char]
  return found === undefined ? reader.fail(`"\\${char}" is no escape`) : found
}
