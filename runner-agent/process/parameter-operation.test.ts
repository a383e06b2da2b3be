import { execFileSync } from 'node:child_process'
import { applyOperation } from '@edgedag/core/expr/parameter-operation'
import { describe, expect, it } from 'vitest'

const apply = (value: string, kind: string, word: string) => applyOperation(value, { kind, word }, text => text)

describe('a shell pattern', () => {
  const values = ['a/b/c.tar.gz', 'aXbXc', 'x', '', 'ab\nab', 'ä€𝄞.𝄞', 'a.b.c', '[x]', 'a*b']
  const patterns = [
    '*/',
    '/*',
    '.*',
    '*.',
    '*X',
    'X*',
    '*b*',
    '?',
    '?*',
    '[ab]',
    '[!a]*',
    '*',
    '\\*',
    '*[.]*',
    'a*b',
    '𝄞',
    'b',
  ]
  const kinds = ['#', '##', '%', '%%', '/', '//']

  it('takes from a value what bash takes from it', () => {
    const cases = values.flatMap(value =>
      patterns.flatMap(pattern =>
        // There a slash ends the pattern.
        kinds.flatMap(kind => (kind.startsWith('/') && pattern.includes('/') ? [] : [{ value, pattern, kind }])),
      ),
    )
    // Bash reads the pattern from a variable, unquoted: then it is a pattern.
    const script = cases
      .map(
        ({ kind }, n) => `v=\${V${n}} p=\${P${n}}; printf '%s\\0' "\${v${kind}$p${kind.startsWith('/') ? '/<>' : ''}}"`,
      )
      .join('\n')
    const env = Object.fromEntries(
      cases.flatMap(({ value, pattern }, n) => [
        [`V${n}`, value],
        [`P${n}`, pattern],
      ]),
    )
    const said = execFileSync('bash', ['-s'], { input: script, env: { ...env, LC_ALL: 'C.UTF-8' }, encoding: 'utf8' })
    const wanted = said.split('\0').slice(0, -1)
    const given = cases.map(({ value, kind, pattern }) =>
      apply(value, kind, kind.startsWith('/') ? `${pattern}/<>` : pattern),
    )
    const wrong = cases.flatMap((each, n) =>
      given[n] === wanted[n] ? [] : [{ ...each, given: given[n], wanted: wanted[n] }],
    )
    expect(wanted).toHaveLength(cases.length)
    expect(wrong).toEqual([])
  })

  it.each(kinds)('with many stars is answered at once: %s', kind => {
    const value = 'a'.repeat(16_000)
    expect(apply(value, kind, `${'*a'.repeat(30)}*b`)).toBe(value)
  })
})
