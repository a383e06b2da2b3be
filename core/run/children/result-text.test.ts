import { describe, expect, it } from 'vitest'
import { resultText, withOutputs } from './result-text.ts'

const result = (dagRunId: string, status = 'succeeded') => ({
  ...{ name: 'kid', dagRunId, params: '', status },
  outputs: { TOKEN: '*******', PLAIN: 'p' },
})
const known = new Map([['a', { TOKEN: 'hunter2' }]])

describe('outputs that only the host may see', () => {
  it('take the place of what is shown of them', () => {
    expect(JSON.parse(withOutputs(resultText([result('a')], false), known))).toEqual({
      ...result('a'),
      outputs: { TOKEN: 'hunter2', PLAIN: 'p' },
    })
  })

  it('in a fan-out also among the outputs of those that succeeded', () => {
    const text = resultText([result('a'), result('b'), result('c', 'failed')], true)
    const json = JSON.parse(withOutputs(text, new Map([...known, ['c', { TOKEN: 'of c' }]])))
    expect(json.outputs.map((outputs: { TOKEN: string }) => outputs.TOKEN)).toEqual(['hunter2', '*******'])
    expect(json.results[2].outputs.TOKEN).toBe('of c')
    expect(json.summary).toEqual({ total: 3, succeeded: 2, failed: 1 })
  })
})
