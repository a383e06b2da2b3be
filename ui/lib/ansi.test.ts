import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ansiLine, stripAnsi } from './ansi.ts'

const E = '\u001b'
const plain = (line: string) =>
  ansiLine(line)
    .spans.map(span => span.text)
    .join('')

test.each([
  ['basic colours', `${E}[31mred${E}[0m`, [{ text: 'red', style: { fg: 1 } }]],
  ['bright colours', `${E}[92mok`, [{ text: 'ok', style: { fg: 10 } }]],
  ['bold and colour together', `${E}[1;31mX`, [{ text: 'X', style: { bold: true, fg: 1 } }]],
  [
    'an empty reset',
    `${E}[1mA${E}[mB`,
    [
      { text: 'A', style: { bold: true } },
      { text: 'B', style: {} },
    ],
  ],
  ['the 256-colour cube', `${E}[38;5;196mX`, [{ text: 'X', style: { fg: '#ff0000' } }]],
  ['the grey ramp', `${E}[38;5;232mX`, [{ text: 'X', style: { fg: '#080808' } }]],
  ['true colour', `${E}[48;2;1;2;255mX`, [{ text: 'X', style: { bg: '#0102ff' } }]],
])('%s become spans', (_, line, spans) => {
  expect(ansiLine(line).spans).toEqual(spans)
})

test('style in force at the end of a line can be carried into the next', () => {
  const first = ansiLine(`${E}[32mgreen`)
  expect(ansiLine('still', first.style).spans).toEqual([{ text: 'still', style: { fg: 2 } }])
})

test.each([
  ['cursor movement', `a${E}[2K${E}[1Gb`, 'ab'],
  ['window titles', `${E}]0;title\u0007text`, 'text'],
  ['other control characters', 'a\u0000b\u0008c\td', 'abc\td'],
  ['progress overwritten by carriage returns', '10%\r50%\r100%', '100%'],
  ['a Windows line ending', 'text\r', 'text'],
])('%s are not shown', (_, line, shown) => {
  expect(plain(line)).toBe(shown)
})

test('http and https addresses become links without the punctuation behind them', () => {
  expect(ansiLine('see https://example.com/a?b=1).').spans).toEqual([
    { text: 'see ', style: {} },
    { text: 'https://example.com/a?b=1', style: {}, href: 'https://example.com/a?b=1' },
    { text: ').', style: {} },
  ])
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'ftp://host/x'])('%s stays text', line => {
  expect(ansiLine(line).spans.every(span => span.href === undefined)).toBe(true)
})

test('no line ever yields a link that is not http or https, and none is lost or slow to read', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(`${E}[`, `${E}]`, '31m', 'https://', 'javascript:', '\r', ';', '38;5;'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
      const { spans } = ansiLine(pieces.join(''))
      return spans.every(span => span.text !== '' && (span.href === undefined || /^https?:\/\//.test(span.href)))
    }),
  )
})

test('stripping gives the text that people see', () => {
  expect(stripAnsi(`${E}[1;31mERROR${E}[0m: no`)).toBe('ERROR: no')
})
