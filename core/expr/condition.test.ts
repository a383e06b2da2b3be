// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import type { Condition } from '../spec/dag.ts'
import { evaluateConditions } from './condition.ts'
import { createOutputMatcher } from './pattern.ts'

const expand = { names: { variable: (name: string) => ({ STAGE: 'dev', LINES: 'x\r\ny\nz' })[name] } }
const runCommand = async (command: string) => ({
  code: command === 'true' ? 0 : 2,
  stdout: '',
  stderr: 'a\nno such tool\n',
})
const ask = async (condition: string, expected?: string, negate = false) => {
  const list: Condition[] = [{ condition, negate, ...(expected === undefined ? {} : { expected }) }]
  const { results, failed } = await evaluateConditions(list, { expand, runCommand })
  return { ...results[0]!, failed }
}

describe('a condition', () => {
  it.each<[string, string | undefined, boolean, boolean, string | undefined]>([
    ['$STAGE', 'dev', false, true, undefined],
    ['$STAGE', 'prod', false, false, 'condition was not met: expected "prod", got "dev"'],
    ['$STAGE', 'prod', true, true, undefined],
    ['$STAGE', 'dev', true, false, 'condition was met, but negate is on: expected "dev", got "dev"'],
    ['$LINES', 'y', false, true, undefined],
    ['xyz', 'y', false, false, 'condition was not met: expected "y", got "xyz"'],
    ['$LINES', 're:^[y]$', false, true, undefined],
    ['${STAGE}x', 're:e.x', false, true, undefined],
    ['${NONE:-a}', 'a', false, true, undefined],
    ['true', undefined, false, true, undefined],
    ['false', undefined, true, true, undefined],
    ['false', undefined, false, false, 'condition was not met: command "false" exited with 2 (no such tool)'],
  ])('%s with %s (negate: %s) is met: %s', async (condition, expected, negate, met, error) => {
    const result = await ask(condition, expected, negate)
    expect(result).toMatchObject({ condition, met, failed: false })
    expect(result.error).toBe(error)
  })

  it.each([
    ['an expression that is none', 'a', 're:(?=b)', /no regular expression/],
    ['a substitution without a shell', '`x`', 'a', /does not have/],
  ])('with %s cannot be evaluated, negate or not', async (_, condition, expected, message) => {
    for (const negate of [false, true]) {
      const result = await ask(condition, expected, negate)
      expect(result).toMatchObject({ met: false, failed: true })
      expect(result.error).toMatch(message)
    }
  })

  it('is evaluated beside others in any case, and a met one is told of the failure', async () => {
    const list = ['true', 'false', 'true'].map(condition => ({ condition, negate: false }))
    const { met, results } = await evaluateConditions(list, { expand, runCommand })
    expect(met).toBe(false)
    expect(results.map(result => [result.met, result.error !== undefined])).toEqual([
      [true, true],
      [false, true],
      [true, true],
    ])
  })

  it('that is a command needs a shell', async () => {
    const { results } = await evaluateConditions([{ condition: 'true', negate: false }], { expand })
    expect(results[0]?.error).toMatch(/shell for a command condition/)
  })
})

describe('patterns of continue_on.output', () => {
  it.each([
    [['WARN'], ['line: WA', 'RNING\nmore'], true],
    [['re:^b.d$'], ['abcd\nb', 'ad\n'], true],
    [['re:^bad$'], ['bad\r\nx'], true],
    [['a\nb'], ['a\nb'], false],
    [['re:(', 'x'], ['no'], false],
    [['x'], [], false],
    [['end'], ['the end'], true],
  ])('%j in %j: %s', (patterns, chunks, expected) => {
    const matcher = createOutputMatcher(patterns)
    for (const chunk of chunks) matcher.push(chunk)
    expect(matcher.end()).toBe(expected)
  })
})
