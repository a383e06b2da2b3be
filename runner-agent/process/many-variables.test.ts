import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type ManyVariables, manyVariables } from './many-variables.ts'
import { MARKER, type StepRequest } from './types.ts'

const request = (env: Record<string, string>, key = 'k'): StepRequest =>
  ({ key, env, argv: ['true'], dir: '/d', cwd: '/', stdoutPath: '/o', stderrPath: '/e' }) as StepRequest

/** What a real sh has in its environment after reading the file. */
function readBySh(text: string): Record<string, string> {
  const bytes = execFileSync('/bin/sh', ['-c', `set -a\n${text}\nexec env -0`], { env: {} }).toString()
  const pairs = bytes.split('\0').filter(pair => pair !== '')
  const { PWD, OLDPWD, _, ...seen } = Object.fromEntries(
    pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  return seen
}

/** Runs the requests through one lane; answers what a shell sees after each, and how much was written for it. */
function through(environments: Record<string, string>[]) {
  let many: ManyVariables | undefined
  let file = ''
  return environments.map((env, i) => {
    const next = manyVariables(request(env, `key-${i}`), many)
    many = next.many
    file = next.append ? file + next.text : next.text
    const text = file
    return {
      seen: () => readBySh(text),
      written: next.text.length,
      lines: text.split('\n').length - 1,
      special: next.special,
    }
  })
}

const hundred = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`V_${i}`, `value ${i}`]))

describe('the file of many variables', () => {
  it('sets exactly what each request wants, whatever came before', () => {
    const steps = [
      hundred,
      { ...hundred, NEW: "it's $HOME `id`\nnext" },
      { ...hundred, V_3: 'other', NEW: '' },
      Object.fromEntries(Object.entries(hundred).slice(50)),
      { A: '1' },
      { ...hundred, constructor: 'c', toString: 't' },
    ]
    for (const [i, { seen }] of through(steps).entries()) expect(seen()).toEqual({ ...steps[i], [MARKER]: `key-${i}` })
  })

  it('grows by what is new, not by what is there', () => {
    const [, second] = through([hundred, { ...hundred, NEW: 'x' }])
    expect(second?.written).toBe(`NEW='x'\n${MARKER}='key-1'\n`.length)
  })

  it('is written anew before most of its lines are dead', () => {
    const changing = Array.from({ length: 400 }, (_, i) => ({ ...hundred, COUNTER: String(i) }))
    expect(Math.max(...through(changing).map(step => step.lines))).toBeLessThan(2 * 102 + 2)
  })

  it('leaves to env what a shell cannot export', () => {
    const [first] = through([{ ...hundred, UID: '5', 'a.b': 'c', PWD: '/x' }])
    expect(first?.special).toEqual(['UID=5', 'a.b=c'])
  })
})
