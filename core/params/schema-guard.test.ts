import { describe, expect, it } from 'vitest'
import { schemaErrors } from './schema.ts'

/** Looked at as one thing, and counted as many: what is bounded is reached after few looks. */
const HEAVY = { enum: Array.from({ length: 5_000 }, (_, n) => (n === 0 ? 'x' : n)) }

/** `$defs` in which each of n levels refers to the next one twice. */
const doubling = (levels: number) => ({
  $defs: Object.fromEntries(
    Array.from({ length: levels }, (_, n) => [
      `l${n}`,
      n + 1 === levels ? HEAVY : { allOf: [{ $ref: `#/$defs/l${n + 1}` }, { $ref: `#/$defs/l${n + 1}` }] },
    ]),
  ),
  $ref: '#/$defs/l0',
})

describe('a schema that is written to run for ever', () => {
  const hostile: [string, unknown, unknown][] = [
    ['a chain of references that doubles', doubling(40), 'x'],
    ['a circle of references', { $ref: '#' }, 'x'],
    [
      'a list of many items against many choices',
      { items: { enum: Array.from({ length: 5_000 }, (_, n) => n) } },
      Array.from({ length: 20_000 }, () => -1),
    ],
    ['unequal items, each with each', { uniqueItems: true }, Array.from({ length: 100_000 }, (_, n) => n)],
    [
      'many patterns over a long text',
      { allOf: Array.from({ length: 2_000 }, (_, n) => ({ pattern: `(x.*){9}${n}` })) },
      'x'.repeat(50_000),
    ],
    ['a pattern that needs back-tracking', { pattern: '(a)\\1' }, 'aa'],
  ]
  it.each(hostile)('is refused with a reason: %s', (_, schema, value) => {
    expect(schemaErrors(schema, value)).toEqual([expect.stringMatching(/^the schema cannot be used: /)])
  })

  it.each([
    ['a pattern', { pattern: '^(a+)+$' }],
    ['one among others', { anyOf: [{ pattern: '^(a|aa)+$' }, { type: 'number' }] }],
    ['an address', { format: 'url' }],
  ])('is answered at once: %s', (_, schema) => {
    expect(schemaErrors(schema, `${'a'.repeat(100_000)}!`)[0]).toBeDefined()
  })
})

describe('a pattern of a schema', () => {
  const schema = {
    type: 'object',
    properties: { name: { pattern: '^[a-z]+$' }, pattern: { const: { pattern: 'x' } }, $ref: { type: 'string' } },
    patternProperties: { '^n': { minLength: 2 }, me$: { maxLength: 4 }, '^s_': { type: 'string' } },
    additionalProperties: false,
  }
  it.each([
    ['all as wanted', { name: 'abc', pattern: { pattern: 'x' }, $ref: 'r', s_a: 't' }, []],
    ['a text that it does not match', { name: 'ab1' }, ['name: String does not match pattern.']],
    ['two patterns of names that match the same one', { name: 'a' }, ['name: String is too short (1 < 2).']],
    ['the other of them', { name: 'abcdef' }, ['name: String is too long (6 > 4).']],
    ['data that only looks like one', { pattern: { pattern: 'y' } }, [expect.stringContaining('pattern: ')]],
    ['a name that no pattern has', { other: 1 }, ['other: is not an accepted property']],
    ['characters that patterns use', { name: 'a.*', 's_(': 'x' }, ['name: String does not match pattern.']],
  ])('says what it said before: %s', (_, value, errors) => {
    expect(schemaErrors(schema, value)).toEqual(errors)
  })

  it('works in referenced schemas, and leaves what it was given as it is', () => {
    const given = { $defs: { code: { pattern: '^\\d+$' } }, properties: { a: { $ref: '#/$defs/code' } } }
    const before = JSON.stringify(given)
    expect(schemaErrors(given, { a: '12' })).toEqual([])
    expect(schemaErrors(given, { a: 'x' })).toEqual(['a: String does not match pattern.'])
    expect(JSON.stringify(given)).toBe(before)
  })
})
