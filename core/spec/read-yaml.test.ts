import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadDags } from './load.ts'
import { readDagMetadata } from './metadata.ts'
import { readYaml } from './read-yaml.ts'

const bomb = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...[...'bcdefghij'].map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`),
].join('\n')

describe('hostile texts are refused with their place', () => {
  it.each([
    ['larger than a megabyte', `a: ${'x'.repeat(1_000_000)}`, 'yaml.too_large'],
    ['larger in bytes than in characters', `a: ${'é'.repeat(600_000)}`, 'yaml.too_large'],
    ['open brackets', '['.repeat(500_000), 'yaml.too_deep'],
    ['dashes', '- '.repeat(400_000), 'yaml.too_deep'],
    ['an alias bomb', bomb, 'yaml.too_many_nodes'],
    ['an alias inside its own anchor', 'a: &a [*a]', 'yaml.bad_alias'],
    ['an unknown alias', 'a: *b', 'yaml.bad_alias'],
    ['__proto__', 'env:\n  __proto__: x', 'yaml.forbidden_key'],
    ['constructor', 'params: {constructor: x}', 'yaml.forbidden_key'],
    ['a duplicate key', 'steps: []\nenv: []\nsteps: []', 'yaml.duplicate_key'],
    ['a list as key', '? [a]\n: b', 'yaml.bad_key'],
    ['tabs', 'steps:\n\t- x', 'yaml.syntax'],
    ['an unclosed quote', 'a: "b', 'yaml.syntax'],
    ['thousands of documents', '---\n'.repeat(100_000), 'yaml.too_many_documents'],
    ['commas', `[${','.repeat(900_000)}]`, 'yaml.too_large'],
    ['blank lines', '\n'.repeat(900_000), 'yaml.too_large'],
    ['ninety thousand keys', Array.from({ length: 90_000 }, (_, i) => `k${i}: 1`).join('\n'), 'yaml.too_large'],
  ])('%s', (_, text, code) => {
    const result = readYaml(text)
    expect(result.ok).toBe(false)
    if (!result.ok)
      expect(result.error[0]).toMatchObject({ code, line: expect.any(Number), column: expect.any(Number) })
  })

  it('a mistake is told once a line, and what a bare reference in a flow map needs is said', () => {
    const result = readYaml(
      'env: {}\nsteps:\n  - {id: a, command: echo ${A} b c: d}\n  - {id: b, command: echo "${A}"}\n',
    )
    expect(!result.ok && result.error.map(({ line, hint }) => [line, hint])).toEqual([
      [3, 'between { } or [ ] a text that holds ${...} needs quotes around it'],
      [4, undefined],
    ])
  })

  it('a duplicate key is blamed where it stands the second time', () => {
    const result = readYaml('steps: []\nenv: []\nsteps: []')
    expect(!result.ok && result.error[0]).toMatchObject({ path: 'steps', line: 3, column: 1 })
  })

  it('more than 5,000 steps are refused', () => {
    const result = loadDags(`steps:\n${'  - a\n'.repeat(5001)}`, { fileName: 'x' })
    expect(!result.ok && result.error[0]?.code).toBe('dag.too_many_steps')
  })
})

describe('any text', () => {
  const pieces = fc.constantFrom(
    'steps:',
    '\n',
    '  ',
    '- ',
    'a: ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a ',
    '*a',
    '|',
    '>',
    '#',
    '---\n',
    '!!x ',
    '? ',
    'command: x',
    'depends',
    '%',
    '`',
    '\t',
    '<<: ',
    '0',
    'null',
    ',',
    'params:',
    'schedule: ',
    'output: ',
    'env: ',
  )
  const text = fc.array(pieces, { maxLength: 40 }).map(list => list.join(''))

  it('gives a DAG or problems, and never throws', () => {
    fc.assert(
      fc.property(text, source => {
        const result = loadDags(source, { fileName: 'x.yaml', base: source })
        if (!result.ok) expect(result.error.length).toBeGreaterThan(0)
        expect(readDagMetadata(source, 'x.yaml').name).not.toBe('')
      }),
      { numRuns: 300 },
    )
  })
})

describe('values', () => {
  it('keeps every digit of a long number', () => {
    const result = loadDags('env: {ID: 12345678901234567890, F: 1.50, H: 0x1F}\nsteps: []', { fileName: 'x' })
    expect(result.ok && result.value.dag.env.map(entry => entry.value)).toEqual(['12345678901234567890', '1.5', '31'])
  })

  it('an empty file is a DAG without steps', () => {
    const result = loadDags('# nothing\n', { fileName: 'x.yaml' })
    expect(result.ok && [result.value.dag.name, result.value.dag.steps]).toEqual(['x', []])
  })
})
