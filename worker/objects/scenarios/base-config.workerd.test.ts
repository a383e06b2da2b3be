/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictAllDurableObjects, reset } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'

const ONE = 'steps:\n  - name: a\n    command: echo a\n'

const labelsOf = async (runId: string) => (await run(runId).summary(runId))?.labels

const realNow = Date.now.bind(Date)

/** The clock of all objects, so far ahead. */
function passTime(ms: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + ms)
}

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('a base configuration', () => {
  it('lies under the next start a second after it was changed, and outlives the memory of the DAG', async () => {
    await connectAgent()
    const { dag } = await putDag('based', ONE)
    await directory().setBaseConfig(null, 'labels: [first]')
    passTime(1_100)
    const first = await startRun(dag)
    await ended(first)
    expect(await labelsOf(first)).toEqual(['first'])
    await directory().setBaseConfig(null, 'labels: [second]')
    await evictAllDurableObjects()
    passTime(2_200)
    const second = await startRun(dag)
    await ended(second)
    expect(await labelsOf(second)).toEqual(['second'])
    // What ran keeps what it was pinned with.
    expect(await labelsOf(first)).toEqual(['first'])
  })

  it('of a workspace is the stronger, and only for its DAGs', async () => {
    await directory().setBaseConfig(null, 'group: common')
    await directory().setBaseConfig('ops', 'group: ops')
    const groupOf = async (name: string, text: string) => {
      const { dag } = await putDag(name, text)
      return (await dag.listItem())!.summary.group
    }
    expect(await groupOf('ours', `labels: workspace=ops\n${ONE}`)).toBe('ops')
    expect(await groupOf('theirs', ONE)).toBe('common')
  })

  it('reaches lists and schedules of stored DAGs by itself', async () => {
    const { dag } = await putDag('listed', ONE)
    expect((await dag.listItem())?.nextRun).toBeNull()
    await directory().setBaseConfig(null, 'schedule: "0 3 * * *"\nlabels: [nightly]')
    await eventually(async () => {
      const { items } = await stubOf(testEnv, 'index', SINGLETON).dags({ page: 1, perPage: 10 })
      const [item] = items
      return item!.nextRun !== null && JSON.stringify(item!.summary.labels) === '["nightly"]'
    })
    await directory().setBaseConfig(null, '')
    await eventually(async () => (await dag.listItem())?.nextRun === null)
  })

  it('that is broken is shown at the DAGs, which start again once it is mended', async () => {
    await connectAgent()
    await directory().setBaseConfig(null, 'timeout_sec: soon')
    const dagId = (await directory().dagId('victim', true))!
    const dag = stubOf(testEnv, 'dag', dagId)
    await dag.putSpec({ dagId, fileName: 'victim', spec: ONE, force: true })
    expect((await dag.listItem())?.errors[0]).toContain('base configuration')
    expect(await dag.start({ trigger: 'manual', mode: 'start' })).toMatchObject({ ok: false })
    await directory().setBaseConfig(null, 'timeout_sec: 60')
    passTime(1_100)
    expect(await ended(await startRun(dag))).toMatchObject({ status: 'succeeded' })
  })
})
