// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExpandContext, expandField, expandText, PLACES, type Place } from './expand.ts'
import { foreignText } from './foreign-text.ts'
import { createGeneratedEnv } from './generated-env.ts'
import { shellText } from './shell-text.ts'
import { splitWords } from './split-words.ts'

const names = {
  variable: (name: string) => ({ V: '{"a":[1,{"b":"${V}"}]}', E: '', 1: '$V' })[name],
  step: (id: string) => (id === 'up' ? { exitCode: 1, stdoutPath: '/o', outputs: { O: '${up.output}' } } : undefined),
}
const context: ExpandContext = {
  names,
  host: name => (name === 'HOME' ? '/home' : undefined),
  substitute: async command => ({ code: command.length % 2, stdout: command, stderr: '' }),
}
const pieces = fc.constantFrom(
  ...[
    '$',
    '${',
    '}',
    '$V',
    '${V',
    '${V}',
    '${V.a',
    '[0]',
    '.0',
    '.b}',
    ':-',
    ':=',
    ':+',
    ':?',
    ':0:',
    ':-1',
    '#',
    '##',
    '%',
    '%%',
    '/',
    '//',
  ],
  ...[
    '^',
    '^^',
    ',',
    ',,',
    '@Q',
    '!',
    '`',
    '\\',
    "'",
    '"',
    "$'",
    '$"',
    '$((',
    '))',
    '$(',
    ')',
    '<<E',
    '\nE\n',
    ' ',
    '\n',
    '${up.',
    'output',
    'stdout}',
  ],
  ...[
    '${#V}',
    '${E}',
    '$1',
    '$0',
    '$@',
    '$*',
    '9'.repeat(30),
    'é',
    '🙂',
    '\ud800',
    '\u0000',
    'x',
    '*',
    '[',
    '(',
    're:',
  ],
)
const text = fc.array(pieces, { maxLength: 30 }).map(list => list.join(''))

describe('any text', () => {
  it('is expanded in every place without an error being thrown', async () => {
    await fc.assert(
      fc.asyncProperty(text, async source => {
        for (const place of Object.values(PLACES) as Place[]) {
          expect(typeof expandText(source, place, context)).toBe('string')
          expect(typeof (await expandField(source, place, context)).ok).toBe('boolean')
        }
      }),
      { numRuns: 1_500 },
    )
  })

  it('becomes text for every kind of shell', () => {
    fc.assert(
      fc.property(text, source => {
        for (const kind of ['line', 'script'] as const)
          expect(typeof shellText(source, { kind, names, generated: createGeneratedEnv(), slices: true })).toBe(
            'string',
          )
        for (const dialect of ['program', 'powershell', 'cmd'] as const)
          expect(typeof foreignText(source, { dialect, plain: true, names, generated: createGeneratedEnv() })).toBe(
            'string',
          )
        expect(Array.isArray(splitWords(source))).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })
})
