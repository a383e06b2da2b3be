import { describe, expect, it } from 'vitest'
import { loadDags } from './load.ts'
import { problemText } from './report.ts'

const harnessesOf = (text: string, base?: string) => {
  const loaded = loadDags(text, { fileName: 'x.yaml', ...(base === undefined ? {} : { base }) })
  if (!loaded.ok) throw new Error(loaded.error.map(problemText).join('; '))
  return loaded.value.dag.executorDefaults.harnesses
}

describe('definitions of harnesses', () => {
  const base = 'harnesses: {one: {binary: a, prefix_args: [run]}, two: {binary: b}}'

  it('replace the whole inherited one of their name, and null takes it away', () => {
    expect(harnessesOf('harnesses: {one: {binary: c}, two: null, three: {binary: d}}', base)).toEqual({
      one: { binary: 'c' },
      three: { binary: 'd' },
    })
  })

  it('are inherited by a file that has none', () => {
    expect(harnessesOf('steps: []', base)).toEqual({ one: { binary: 'a', prefix_args: ['run'] }, two: { binary: 'b' } })
  })

  it('that were taken away are no providers any more', () => {
    const text = 'harnesses: {two: null}\nsteps: [{type: harness, command: x, with: {provider: two}}]'
    expect(() => harnessesOf(text, base)).toThrow('unknown provider "two"')
  })

  it('may take the name of a provider that is builtin since later, but not of the first five', () => {
    expect(harnessesOf('harnesses: {gemini: {binary: g}}')).toEqual({ gemini: { binary: 'g' } })
    expect(() => harnessesOf('harnesses: {codex: {binary: g}}')).toThrow('is a builtin provider')
  })
})
