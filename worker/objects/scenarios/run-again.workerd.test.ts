/// <reference types="@cloudflare/vitest-plugin/types" />
import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, ended, putDag, run, startRun } from '../../testing/installation.ts'

const SPEC = `
params: [WHO: world]
steps:
  - name: a
    command: echo a
  - name: b
    command: echo b
`

afterEach(reset)

/** A DAG with a run whose step b has failed, and the steps that hosts are given from then on. */
async function failedRun() {
  const starts: string[] = []
  let fails = true
  await connectAgent((step, attempt) => {
    starts.push(`${step}#${attempt}`)
    return step === 'b' && fails ? { outcome: 'failed' } : {}
  })
  const { dag } = await putDag('again', SPEC)
  const runId = await startRun(dag)
  expect(await ended(runId)).toMatchObject({ status: 'failed' })
  await eventually(async () => (await dag.run(runId))?.status === 'failed')
  fails = false
  starts.length = 0
  return { dag, runId, starts }
}

describe('a new run of a former one', () => {
  it('has its definition and parameters although the file has changed, or the file as it is now', async () => {
    const { dag, runId, starts } = await failedRun()
    await putDag('again', 'steps:\n  - {name: other, command: x}\n')
    const pinned = await dag.start({ trigger: 'retry', mode: 'enqueue', again: { runId } })
    if (!pinned.ok) throw new Error(pinned.error.message)
    expect(await ended(pinned.value.runId)).toMatchObject({ status: 'succeeded', trigger: 'retry' })
    expect(starts).toEqual(['a#1', 'b#1'])
    const current = await dag.start({ trigger: 'retry', mode: 'enqueue', again: { runId, current: true } })
    if (!current.ok) throw new Error(current.error.message)
    await ended(current.value.runId)
    expect(starts.at(-1)).toBe('other#1')
  })

  it('takes over steps with what they left, and does not run them', async () => {
    const { dag, runId, starts } = await failedRun()
    const spec = SPEC.replace('echo b', 'echo better')
    const made = await dag.start({ trigger: 'retry', mode: 'enqueue', spec, again: { runId }, imports: ['a'] })
    if (!made.ok) throw new Error(made.error.message)
    expect(await ended(made.value.runId)).toMatchObject({ status: 'succeeded', done: 2 })
    expect(starts).toEqual(['b#1'])
    expect((await run(made.value.runId).details(made.value.runId))?.nodes).toMatchObject([
      { statusLabel: 'succeeded', importedFrom: runId },
      { statusLabel: 'succeeded' },
    ])
  })

  it('fails before it begins where what it was to take over is not there', async () => {
    const { dag, runId, starts } = await failedRun()
    const made = await dag.start({
      trigger: 'retry',
      mode: 'enqueue',
      spec: SPEC,
      again: { runId },
      imports: ['a', 'b'],
    })
    if (!made.ok) throw new Error(made.error.message)
    const { runId: id } = made.value
    const row = await eventually(async () => {
      const line = await dag.run(id)
      return line?.status === 'failed' ? line : null
    })
    expect(row.reason).toMatch(/not there any more/)
    expect(starts).toEqual([])
  })

  it('of an unknown run is refused', async () => {
    const { dag } = await putDag('again', SPEC)
    expect(await dag.start({ trigger: 'retry', mode: 'enqueue', again: { runId: 'nope' } })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    })
  })
})
