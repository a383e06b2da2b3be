import { describe, expect, it } from 'vitest'
import { jqStep } from './jq.ts'
import type { StepPorts, StepRequest } from './step.ts'

const filter = async (request: Partial<StepRequest>, more: Partial<StepPorts> = {}) => {
  let stdout = ''
  const ports = {
    write(_: string, text: string) {
      stdout += text
    },
    signal: new AbortController().signal,
    maxBodyBytes: 64 * 1024 * 1024,
    ...more,
  } as unknown as StepPorts
  const end = await jqStep.execute({ config: {}, commands: [], ...request }, ports)
  return { ...end, stdout }
}

describe('a jq step', () => {
  it('prints indented JSON, or raw lines', async () => {
    const script = '{"b": ["<x>", 1], "a": {}}'
    expect((await filter({ commands: ['.'], script })).stdout).toBe(
      '{\n    "a": {},\n    "b": [\n        "<x>",\n        1\n    ]\n}\n',
    )
    expect((await filter({ commands: ['.b, .b[]'], script, config: { raw: true } })).stdout).toBe('["<x>",1]\n<x>\n1\n')
    expect((await filter({ commands: ['.b[0]'], script, config: { raw: 'true' } })).stdout).toBe('<x>\n')
  })

  it('takes its document from the script, a file or inline data, else null', async () => {
    const readFile = async (path: string) => new TextEncoder().encode(JSON.stringify(path))
    const read = async (request: Partial<StepRequest>) =>
      (await filter({ commands: ['.'], ...request }, { readFile })).stdout.trim()
    expect(await read({ script: '1' })).toBe('1')
    expect(await read({ script: ' file:///x/y.json\n' })).toBe('"/x/y.json"')
    expect(await read({ config: { input: 'z.json' }, script: '1' })).toBe('"z.json"')
    expect(await read({ config: { data: { a: 1 } } })).toBe('{\n    "a": 1\n}')
    expect(await read({ config: { data: '[1]' } })).toBe('[\n    1\n]')
    expect(await read({})).toBe('null')
  })

  it('says what is wrong: the query, the document, a file where there are none', async () => {
    expect((await filter({ commands: ['.a |'] })).error).toMatch(/query cannot be read: the query ends/)
    expect((await filter({ commands: ['.'], script: '{} {}' })).error).toMatch(/the script is no JSON/)
    expect((await filter({ commands: ['.'], config: { input: 'x' } })).error).toMatch(/give the DAG a runner/)
    expect((await filter({})).error).toMatch(/no query/)
  })

  it('keeps what came before an error, and fails', async () => {
    const end = await filter({ commands: ['.[] | 10 / .'], script: '[1, 0, 2]' })
    expect(end).toMatchObject({ exitCode: 1, stdout: '10\n', error: expect.stringMatching(/divisor is zero/) })
  })

  it('prints no more than a log may hold', async () => {
    const end = await filter({ commands: ['repeat("x" * 100)'], config: { raw: true } }, { maxBodyBytes: 1000 })
    expect(end).toMatchObject({ exitCode: 1, error: expect.stringMatching(/more than 1000 characters/) })
    expect(end.stdout.length).toBeLessThanOrEqual(1000)
  })

  it('fails when a result is too deep or too large to be printed', async () => {
    expect((await filter({ commands: ['reduce range(20000) as $n (1; [.])'] })).error).toMatch(/nested too deeply/)
    expect((await filter({ commands: ['reduce range(40) as $n (1; [., .])'] })).error).toMatch(/too large/)
  })

  it('ends when it is stopped, and lets others go on meanwhile', async () => {
    const controller = new AbortController()
    let turns = 0
    const turn = () => {
      if (++turns === 3) controller.abort()
      else setTimeout(turn, 1)
    }
    turn()
    const end = await filter({ commands: ['last(repeat(1))'] }, { signal: controller.signal })
    expect(end).toMatchObject({ exitCode: -1, error: 'stopped' })
  })
})
