import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../result.ts'
import type { ParamsSpec } from '../spec/dag.ts'
import { loadDags } from '../spec/load.ts'
import { problemText } from '../spec/report.ts'
import type { Overrides } from './overrides.ts'
import { checkOverrides, resolveParams } from './resolve.ts'
import { parseTokens, tokenText } from './tokens.ts'

function specOf(params: string): ParamsSpec {
  const result = loadDags(`params: ${params}\nsteps: []`, { fileName: 'x' })
  if (!result.ok) throw new Error(result.error.map(problemText).join('; '))
  return result.value.dag.params
}

const check = (params: string, overrides?: Overrides) => checkOverrides(specOf(params), overrides)

describe('tokens', () => {
  it.each([
    ['a b', [{ value: 'a' }, { value: 'b' }]],
    [
      'K=v X="a b" Y=',
      [
        { name: 'K', value: 'v' },
        { name: 'X', value: 'a b' },
        { name: 'Y', value: '' },
      ],
    ],
    [
      'M="say \\"hi\\"" N=`date +%s`',
      [
        { name: 'M', value: 'say "hi"' },
        { name: 'N', value: '`date +%s`' },
      ],
    ],
    ["Q='one two'", [{ name: 'Q', value: "'one" }, { value: "two'" }]],
    ['"two words" http://x?a=b', [{ value: 'two words' }, { value: 'http://x?a=b' }]],
    ['  ', []],
  ])('%s', (text, tokens) => {
    expect(parseTokens(text)).toEqual(tokens)
  })

  it('a quoted token is read back as it was', () => {
    fc.assert(
      fc.property(fc.string(), value => {
        expect(parseTokens(tokenText({ name: 'K', value }))).toEqual([{ name: 'K', value }])
        expect(parseTokens(tokenText({ value }))).toEqual([{ value }])
      }),
    )
  })
})

describe('accepted starts', () => {
  it.each([
    ['{WHO: world}', undefined, 'WHO=world', '{"WHO":"world"}'],
    ['{A: x, B: y}', 'B="two words"', 'A=x B=two words', '{"A":"x","B":"two words"}'],
    ['one two three', 'uno due', '1=uno 2=due 3=three', '{"1":"uno","2":"due","3":"three"}'],
    ['[A: "1", B: "2"]', 'pos1 A=9', 'A=9 B=2 1=pos1', '{"1":"pos1","A":"9","B":"2"}'],
    ['', 'foo=bar 1', 'foo=bar 1=1', '{"1":"1","foo":"bar"}'],
    ['{n: "1"}', '{"n": 5}', 'n=5', '{"n": 5}'],
    ['{n: "1"}', { n: { a: [1] } }, 'n={"a":[1]}', '{"n":{"a":[1]}}'],
    ['{n: "1"}', ['n=two words'], 'n=two words', '{"n":"two words"}'],
    [
      '[{name: c, type: integer, default: 5}, {name: b, type: boolean, default: false}]',
      '7 true',
      'c=7 b=true',
      '{"b":"true","c":"7"}',
    ],
    ['[{name: f, type: number, default: 1.50}]', undefined, 'f=1.5', '{"f":"1.5"}'],
    [
      '{type: object, properties: {n: {type: integer, default: 2}, o: {type: object}}}',
      '{"o":{"a":1}}',
      'n=2 o={"a":1}',
      '{"o":{"a":1}}',
    ],
    ['{A: x}', 'WEBHOOK_PAYLOAD={}', 'A=x WEBHOOK_PAYLOAD={}', '{"A":"x"}'],
    ['[{name: o, type: string}]', undefined, '', undefined],
  ] as [string, Overrides, string, string | undefined][])('%s with %j', (params, overrides, display, json) => {
    const result = check(params, overrides)
    expect(result.ok && [result.value.display, result.value.paramsJson]).toEqual([display, json])
  })
})

describe('refused starts', () => {
  it.each([
    ['{zone: n}', 'zoen=x', 'unknown parameter(s): "zoen"; accepted parameters are: zone'],
    ['one two', 'a b c', 'at most 2 expected, got 3'],
    ['[{name: r, required: true}]', undefined, '"r" is required'],
    ['[{name: c, type: integer, default: 1}]', 'c=many', '"many" is not of type integer'],
    ['[{name: c, type: integer, default: 1, maximum: 3}]', 'c=4', 'above its maximum 3'],
    ['[{name: s, default: abc, min_length: 3}]', 's=ab', 'too short'],
    ['[{name: s, default: ab, pattern: "^[a-z]+$"}]', 's=A', 'pattern'],
    ['[{name: s, default: a, enum: [a, b]}]', 's=c', 'enum'],
    ['{type: object, properties: {n: {type: integer}}, required: [n]}', undefined, 'n'],
    ['{type: object, properties: {n: {type: integer}}}', '5', 'positional'],
    ['{schema: ./x.json}', undefined, 'schema file "./x.json" is not there'],
  ] as [string, Overrides, string][])('%s with %j', (params, overrides, message) => {
    const result = check(params, overrides)
    expect(!result.ok && result.error.map(problem => problem.message).join('; ')).toContain(message)
  })
})

describe('declarations that are refused', () => {
  it.each([
    ['[{name: a, type: integer, default: x}]', 'not of type integer'],
    ['[{name: a, type: integer, minimum: 3, maximum: 1}]', 'greater than the maximum'],
    ['[{name: a, pattern: "("}]', 'regular expression'],
    ['[{name: a, minLength: 2, minLenght: 3}]', 'unknown key "minLenght"'],
    ['[A: "1", A: "2"]', 'duplicate'],
    ['[region: {type: string}]', '- name: region'],
  ])('%s', (params, message) => {
    expect(() => specOf(params)).toThrow(message)
  })
})

describe('eval on the host', () => {
  const spec = specOf(
    '[{name: a, eval: "1"}, {name: b, eval: "2", default: d}, {name: c, type: integer, eval: "3", maximum: 5}]',
  )

  it('runs in order, sees what is above it, and its result is checked like any other', async () => {
    const seen: string[][] = []
    const result = await resolveParams(spec, undefined, (def, before) => {
      seen.push(before.map(param => param.name))
      return ok(def.eval === '3' ? '4' : `v${def.eval}`)
    })
    expect(result.ok && result.value.display).toBe('a=v1 b=v2 c=4')
    expect(seen).toEqual([[], ['a'], ['a', 'b']])
    expect((await resolveParams(spec, undefined, () => ok('50'))).ok).toBe(false)
  })

  it('falls back to the default where it fails, and fails the run where there is none', async () => {
    const failing = await resolveParams(spec, 'c=1', def => (def.name === 'b' ? err('no such program') : ok('x')))
    expect(failing.ok && failing.value.display).toBe('a=x b=d c=1')
    const failed = await resolveParams(spec, 'c=1', () => err('no such program'))
    expect(!failed.ok && failed.error[0]).toMatchObject({
      code: 'params.eval_failed',
      message: expect.stringContaining('no such program'),
    })
  })

  it('is pending at accept, and not run for what the start gives', () => {
    const checked = checkOverrides(spec, 'a=given')
    expect(checked.ok && [checked.value.pending, checked.value.display]).toEqual([['b', 'c'], 'a=given b=d'])
  })
})
