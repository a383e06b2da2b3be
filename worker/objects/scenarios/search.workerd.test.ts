/// <reference types="@cloudflare/vitest-plugin/types" />
import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectOf, stubOf } from '../../host/workerd-env.ts'
import { eventually } from '../../testing/fake-agent.ts'
import { connectAgent, ended, putDag, run, startRun, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'

const spec = (text: string) =>
  `labels: [team=core]\nparams: {WHO: nobody}\nsteps:\n  - name: a\n    command: echo ${text}\n`
const index = () => stubOf(testEnv, 'index', SINGLETON)

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('a search', () => {
  it('finds DAG files by their present text', async () => {
    const { dag, dagId } = await putDag('first', spec('Alpha'))
    await putDag('second', spec('beta'))
    const search = async (text: string, more = {}) =>
      (await index().searchSpecs({ text, limit: 10, matchLimit: 1, ...more })).results.map(found => found.fileName)
    expect(await search('ALPHA')).toEqual(['first'])
    expect(await search('echo')).toEqual(['first', 'second'])
    expect(await search('echo', { after: 'first' })).toEqual(['second'])
    expect(await search('echo', { labels: ['team=other'] })).toEqual([])
    expect(await index().specMatches(dagId, 'name', 0, 5)).toMatchObject({ matches: [{ lineNumber: 4 }] })
    await dag.putSpec({ dagId, fileName: 'first', spec: spec('gamma') })
    expect(await search('alpha')).toEqual([])
    expect(await search('gamma')).toEqual(['first'])
    await index().removeDag(dagId)
    expect(await search('gamma')).toEqual([])
    await dag.suspend(true)
    expect(await search('gamma')).toEqual(['first'])
  })

  it('finds runs by parts of name, id and parameters, and by labels', async () => {
    const { dag } = await putDag('greeter', spec('x'))
    const start = async (who: string) => {
      const started = await dag.start({
        trigger: 'manual',
        mode: 'start',
        params: `WHO=${who}`,
        runId: `run-of-${who}`,
      })
      if (!started.ok) throw new Error(started.error.message)
    }
    for (const who of ['Kim', 'Lee']) await start(who)
    const find = async (query: object) =>
      (await index().runs({ limit: 10, ...query })).runs.map(line => line.runId).sort()
    await eventually(async () => (await find({})).length === 2)
    expect(await find({ params: 'kim' })).toEqual(['run-of-Kim'])
    expect(await find({ text: 'lee' })).toEqual(['run-of-Lee'])
    expect(await find({ text: 'team=' })).toHaveLength(2)
    expect(await find({ nameLike: 'GREET', runIdLike: 'of-L' })).toEqual(['run-of-Lee'])
    expect(await find({ nameLike: 'run-of' })).toEqual([])
    expect(await find({ labels: ['team'], params: 'who=' })).toHaveLength(2)
    expect(await find({ name: 'greet' })).toEqual([])
  })

  it('finds lines in the logs of a run, also when it is packed', async () => {
    await connectAgent(step => ({ stdout: `one\n${step} failed: Disk FULL\nthree\n` }))
    const { dag } = await putDag('logger', 'steps:\n  - {name: a, command: x}\n  - {name: b, command: x}\n')
    const runId = await startRun(dag)
    await ended(runId)
    const hits = [
      { step: 'a', attempt: 1, stream: 'stdout', line: 'a failed: Disk FULL', lineNumber: 2 },
      { step: 'b', attempt: 1, stream: 'stdout', line: 'b failed: Disk FULL', lineNumber: 2 },
    ]
    const search = (text: string, limit = 10) => run(runId).searchLogs(runId, { text, limit })
    expect(await search('disk full')).toMatchObject({ hits, elsewhere: [] })
    expect(await search('disk full', 1)).toMatchObject({ hits: hits.slice(0, 1) })
    expect(await search('nothing')).toMatchObject({ hits: [] })
    expect(await run('nope').searchLogs('nope', { text: 'x', limit: 1 })).toBeNull()
    await eventually(async () => (await dag.activeRuns()).length === 0)
    const realNow = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 6_000)
    await eventually(async () => {
      await runDurableObjectAlarm(objectOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL))))
      return (await testEnv.BLOBS.list({ prefix: 'packs/' })).objects.length > 0
    })
    expect(await search('disk full')).toMatchObject({ hits })
  })
})
