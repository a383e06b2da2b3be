import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

type Children = Extract<AgentEvent, { type: 'children' }>
const run = async (yaml: string, options?: Parameters<Fixture['control']['startRun']>[1]) => {
  const { control } = fixture
  const started = control.startRun(dagOf(yaml), options)
  const end = await control.planEnded(started)
  const events = control.eventsOf(started.runId)
  const children = events.filter((event): event is Children => event.type === 'children')
  return { runId: started.runId, end, children, failure: control.finished(started.runId)[0]?.error }
}

describe('a step that calls', () => {
  it('tells what it calls with what it sees, runs nothing, and ends the plan', async () => {
    const { end, children, runId } = await run(`
type: chain
env: [{ WHERE: "north pole" }]
steps:
  - name: go
    call: kid
    parallel: ["a b", { x: 1 }]
    params: 'AT="\${WHERE}" ITEM=\${ITEM} \${ITEM}'
  - { name: after, command: "true" }
`)
    expect(end.reason).toBe('step')
    expect(children).toMatchObject([
      {
        target: 'kid',
        parallel: true,
        from: 0,
        last: true,
        items: [
          { params: 'AT="north pole" ITEM="a b" "a" "b"' },
          { params: 'AT="north pole" ITEM="{\\"x\\":1}" "{\\"x\\":1}"' },
        ],
      },
    ])
    expect(children[0]).not.toHaveProperty('workingDir')
    expect(fixture.control.started(runId)).toEqual([])
  })

  it('tells many children in parts that follow each other', async () => {
    const { children } = await run(`steps: [{ name: go, call: kid, parallel: [${[...Array(95).keys()].join(', ')}] }]`)
    expect(children.map(({ from, items, last }) => [from, items.length, last])).toEqual([
      [0, 40, false],
      [40, 40, false],
      [80, 15, true],
    ])
  })

  it.each([
    ['call: "$NOTHING"', 'it must name a DAG'],
    ['call: kid\n    parallel: "$NOTHING"', 'parallel has no items'],
    ['call: ./kid.yaml', 'is a relative path'],
    ['call: "${TOKEN}"', 'holds a secret'],
  ])('with %s fails and says why', async (fields, words) => {
    const secret = join(fixture.dir, 'token')
    writeFileSync(secret, 'very-secret-token')
    const { children, failure } = await run(`
secrets: [{ name: TOKEN, provider: file, key: ${secret} }]
steps:
  - name: go
    ${fields}
`)
    expect(children).toEqual([])
    expect(failure).toContain(words)
    expect(failure).not.toContain('very-secret-token')
  })

  it('seals parameters that hold a secret, and a child on this host opens them and masks what it was given', async () => {
    const token = join(fixture.dir, 'token')
    writeFileSync(token, 'very-secret-token')
    const yaml = `
secrets: [{ name: TOKEN, provider: file, key: ${token} }]
steps:
  - name: go
    call: kid
    parallel: [a, b, a]
    params: 'T="Bearer \${TOKEN}" WHERE=\${ITEM}'
  - { name: plain, call: kid, params: WHERE=home }
`
    fixture.control.secrets = { defaults: [], refs: {}, sealKeys: [] }
    const { children, runId } = await run(yaml)
    const items = children[0]!.items
    expect(items.map(({ params }) => params)).toEqual(
      ['a', 'b', 'a'].map(where => `T="Bearer *******" WHERE="${where}"`),
    )
    const tags = items.map(({ sealed }) => sealed!.tags.join())
    expect([tags[0] === tags[2], tags[0] === tags[1]]).toEqual([true, false])
    expect(JSON.stringify(fixture.control.eventsOf(runId))).not.toContain('very-secret-token')

    const sealedParams = { text: items[1]!.sealed!.text, binding: `params/${runId}/go` }
    const kid = dagOf(`
params: ["T=", "WHERE="]
steps: [{ name: say, command: 'echo "$T at $WHERE"; test "$T" = "Bearer $(cat ${token})"', output: SAID }]`)
    const child = fixture.control.startRun(kid, { context: { sealedParams, trigger: 'subdag' } })
    await fixture.control.planEnded(child)
    expect(fixture.control.finished(child.runId)[0]).toMatchObject({
      outcome: 'succeeded',
      outputs: { SAID: 'Bearer ******* at b' },
    })
    const prepared = fixture.control.eventsOf(child.runId).find(({ type }) => type === 'prepared')
    expect(prepared).toMatchObject({
      params: [
        { name: 'T', value: 'Bearer *******' },
        { name: 'WHERE', value: 'b' },
      ],
    })
    expect(JSON.stringify(fixture.control.eventsOf(child.runId))).not.toContain('very-secret-token')
  })

  it.each([
    ['that belong to another step', (text: string) => text, 'no key of this installation opens them'],
    ['that are damaged', (text: string) => text.slice(0, -4), 'no key of this installation opens them'],
  ])('sealed parameters %s fail the child before its first step', async (_, change, words) => {
    writeFileSync(join(fixture.dir, 'token'), 'very-secret-token')
    const { children, runId } = await run(`
secrets: [{ name: TOKEN, provider: file, key: ${join(fixture.dir, 'token')} }]
steps: [{ name: go, call: kid, params: 'T=\${TOKEN}' }]`)
    const text = change(children[0]!.items[0]!.sealed!.text)
    const sealedParams = { text, binding: `params/${runId}/other` }
    const child = fixture.control.startRun(dagOf('steps: [{ name: say, command: "true" }]'), {
      context: { sealedParams },
    })
    await fixture.control.planEnded(child)
    const prepared = fixture.control.eventsOf(child.runId).find(({ type }) => type === 'prepared')
    expect(prepared).toMatchObject({ error: expect.stringContaining(words) })
    expect(fixture.control.started(child.runId)).toEqual([])
  })

  it('brings the text of the file that it names, below the folder of its DAG', async () => {
    const dir = join(fixture.dir, 'dags')
    mkdirSync(join(dir, 'sub'), { recursive: true })
    writeFileSync(join(dir, 'sub/kid.yaml'), 'steps: [{command: "true"}]\n')
    const options = { context: { source: { dir } } }
    const { children } = await run('working_dir: .\nsteps: [{ name: go, call: ./sub/kid.yaml }]', options)
    expect(children).toMatchObject([
      { target: './sub/kid.yaml', text: 'steps: [{command: "true"}]\n', workingDir: dir, parallel: false },
    ])
  })
})

describe('the result of a call', () => {
  const dag = `
type: chain
steps:
  - { id: go, call: kid, output: REPLY, stdout: copy.json }
  - { name: after, command: 'echo "\${REPLY.outputs.WORD}; $(cat \${go.stdout})"' }
`
  const result = { text: '{\n  "outputs": {"WORD": "hi"}\n}\n', exitCode: 0 }

  it('is published like the output of a process: for later steps, as a log, as a file', async () => {
    const { control } = fixture
    const { runId } = await run(dag)
    const conclude = control.plan([
      { kind: 'step', step: 'go', attempt: 1, conclude: result },
      { kind: 'step', step: 'after', attempt: 1 },
    ])
    control.givePlans(runId, [conclude])
    await control.planEnded({ runId, plan: conclude })
    const [go] = control.finished(runId, 'go')
    expect(go).toMatchObject({
      outcome: 'succeeded',
      stdout: { text: result.text },
      outputs: { REPLY: result.text.trim() },
    })
    expect(control.finished(runId, 'after').at(-1)?.stdout?.text).toBe(`hi; ${result.text.trimEnd()}\n`)
    expect(readFileSync(go!.stdoutPath!, 'utf8')).toBe(result.text)
  })

  it('of children that failed fails the step, with what was captured', async () => {
    const { control } = fixture
    const { runId } = await run(dag)
    const failed = { ...result, exitCode: 1, error: 'child run of DAG kid failed' }
    const conclude = control.plan([{ kind: 'step', step: 'go', attempt: 1, conclude: failed }])
    control.givePlans(runId, [conclude])
    await control.planEnded({ runId, plan: conclude })
    expect(control.finished(runId, 'go')).toMatchObject([
      { outcome: 'failed', exitCode: 1, error: 'child run of DAG kid failed', outputs: { REPLY: result.text.trim() } },
    ])
  })
})
