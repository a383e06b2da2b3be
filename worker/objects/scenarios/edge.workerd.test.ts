/// <reference types="@cloudflare/vitest-plugin/types" />
// Runs that need no host: no runner is connected in any of these tests.
import { abortAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'

const HELLO = `
params: [{WHO: world}]
env: [{GREETING: "hello \${WHO}"}]
steps:
  - {name: a, type: log, with: {message: "\${GREETING}"}, output: SAID}
  - {name: b, type: noop, preconditions: [{condition: "\${SAID}", expected: "hello world"}]}
  - {name: c, type: log, with: {message: "again: \${SAID}"}}
`

const nodesOf = async (runId: string) =>
  ((await run(runId).details(runId)) as { nodes: Record<string, unknown>[] }).nodes

afterEach(reset)

describe('a run at the edge', () => {
  it('needs no runner: values, conditions, outputs and logs are there, and it says where and why', async () => {
    const { dag } = await putDag('edge-hello', HELLO)
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 3, runner: 'edge', params: 'WHO=world' })
    expect(await run(runId).details(runId)).toMatchObject({
      workerId: 'local',
      host: 'edge',
      lane: { at: 'edge', reason: 'every step can run at the edge' },
    })
    expect(await nodesOf(runId)).toMatchObject([
      { statusLabel: 'succeeded', host: 'edge', attempt: 1, outputVariables: { SAID: 'hello world' } },
      { statusLabel: 'succeeded' },
      { statusLabel: 'succeeded' },
    ])
    expect(await run(runId).stepLog(runId, 'c', 'stdout')).toMatchObject({ inline: 'again: hello world\n', lines: 1 })
  })

  it('skips what its condition leaves out, fails with the reason, and runs its handlers', async () => {
    const { dag } = await putDag(
      'edge-ends',
      `
type: graph
handler_on:
  failure: {type: log, with: {message: "failed: \${DAG_RUN_STATUS}"}}
steps:
  - {name: skipped, type: noop, preconditions: [{condition: "\${DAG_NAME}", expected: "other"}]}
  - {name: broken, type: log}
  - {name: behind, type: noop, depends: [broken]}
`,
    )
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'failed' })
    expect(await nodesOf(runId)).toMatchObject([
      { statusLabel: 'skipped' },
      { statusLabel: 'failed', error: 'log: config.message is missing', exitCode: 1 },
      { statusLabel: 'aborted' },
    ])
    expect(await run(runId).stepLog(runId, 'onFailure', 'stdout')).toMatchObject({ inline: 'failed: failed\n' })
    expect(await run(runId).retry(runId, { by: 'me' })).toEqual({ ok: true, value: null })
    await eventually(async () => (await nodesOf(runId))[1]?.attempt === 2)
    expect(await ended(runId)).toMatchObject({ status: 'failed', attempt: 2 })
  })

  it('repeats and retries as the policies say', async () => {
    const { dag } = await putDag(
      'edge-loops',
      `
steps:
  - {name: loop, type: noop, repeat_policy: {repeat: true, limit: 3, interval_sec: 0}}
  - {name: again, type: log, retry_policy: {limit: 2, interval_sec: 0}, continue_on: {failure: true}}
  - {name: last, type: noop}
`,
    )
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'partially_succeeded' })
    expect((await nodesOf(runId)).map(node => node.attempt)).toEqual([3, 3, 1])
  })

  it('runs hundreds of steps in one go, and big logs go to blob storage', async () => {
    const lines = Array.from({ length: 150 }, (_, i) => `  - {name: s${i}, type: noop}`)
    const text = `env: [{BIG: "${'0123456789'.repeat(5_000)}"}]\nsteps:\n${lines.join('\n')}\n  - {name: big, type: log, with: {message: "\${BIG}"}}\n`
    const { dag } = await putDag('edge-many', text)
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 151 })
    const log = await run(runId).stepLog(runId, 'big', 'stdout')
    expect(log).toMatchObject({ inline: null, bytes: 50_001, segments: [{ offset: 0, bytes: 50_001 }] })
  })

  it('calls other DAGs, and waits for people, without a runner', async () => {
    const { dag } = await putDag(
      'edge-people',
      `
steps:
  - {id: each, call: kid, parallel: {items: [1, 2, 3]}, params: "N=\${ITEM}", output: ALL}
  - {name: gate, type: noop, approval: {input: [WHO], required: [WHO]}}
  - {name: after, type: log, with: {message: "\${WHO}: \${ALL.summary.total}"}}
---
name: kid
params: [{N: "0"}]
steps:
  - {name: say, type: log, with: {message: "number \${N}"}, output: SAID}
`,
    )
    const runId = await startRun(dag)
    await eventually(async () => (await run(runId).summary(runId))?.status === 'waiting')
    const approved = await run(runId).decide(runId, {
      by: 'kim',
      step: 'gate',
      decision: { decision: 'approve', inputs: { WHO: 'kim' } },
    })
    expect(approved).toMatchObject({ ok: true })
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', runner: 'edge' })
    expect(await run(runId).stepLog(runId, 'after', 'stdout')).toMatchObject({ inline: 'kim: 3\n' })
  })

  it('waits for its retry, and a crash of all objects meanwhile loses nothing', async () => {
    const { dag } = await putDag(
      'edge-crash',
      'steps:\n  - {name: a, type: noop}\n  - {name: b, type: log, retry_policy: {limit: 1, interval_sec: 1}}\n',
    )
    const runId = await startRun(dag)
    await eventually(async () => (await nodesOf(runId).catch(() => []))[1]?.statusLabel === 'retrying')
    await abortAllDurableObjects()
    await eventually(async () => {
      const summary = await run(runId)
        .summary(runId)
        .catch(() => null)
      return summary?.status === 'failed'
    })
    expect((await nodesOf(runId)).map(node => node.attempt)).toEqual([1, 2])
  })
})

describe('default values at the edge', () => {
  it('of base configurations are seen; what only a runner can see makes the run go to one', async () => {
    await directory().setBaseConfig(null, 'env: [{REGION: eu}]\ndefaults: {retry_policy: {limit: 1, interval_sec: 0}}')
    await stubOf(testEnv, 'vault', SINGLETON).setEntry(
      '_global',
      { key: 'STAGE', kind: 'variable', value: 'prod' },
      { name: 'root', admin: true },
    )
    const { dag } = await putDag(
      'edge-defaults',
      'type: graph\nsteps:\n  - {name: a, type: log, with: {message: "in ${REGION}"}}\n  - {name: b, type: log}\n',
    )
    const runId = await startRun(dag)
    expect(await ended(runId)).toMatchObject({ status: 'failed', runner: 'edge' })
    expect(await run(runId).stepLog(runId, 'a', 'stdout')).toMatchObject({ inline: 'in eu\n' })
    expect((await nodesOf(runId)).map(node => node.attempt)).toEqual([1, 2])
    const staged = await putDag('edge-staged', 'steps:\n  - {name: a, type: log, with: {message: "${STAGE}"}}\n')
    const waiting = await startRun(staged.dag)
    await eventually(async () => (await run(waiting).details(waiting)) !== null)
    expect(await run(waiting).details(waiting)).toMatchObject({
      lane: { at: 'runner', reason: '${STAGE} is not declared in the DAG and may be a variable of a runner' },
    })
  })
})

describe('worker_selector: local', () => {
  it('is refused at the start where a step needs a host, since the main instance is the edge', async () => {
    const { dag } = await putDag('edge-local', 'worker_selector: local\nsteps: [{name: a, command: echo x}]\n')
    const refused = await dag.start({ trigger: 'manual', mode: 'start' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'bad_request' } })
    expect(refused.ok ? '' : refused.error.message).toMatch(/here the edge.*step a is of type command/)
    const portable = await putDag('edge-local-log', 'worker_selector: local\nsteps: [{name: a, type: noop}]\n')
    expect(await ended(await startRun(portable.dag))).toMatchObject({ status: 'succeeded' })
  })
})
