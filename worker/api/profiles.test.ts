import { describe, expect, it } from 'vitest'
import { summary } from './testing/fake-dag.ts'
import { createWorld } from './testing/world.ts'

/** A DAG with a finished run that an admin started with the protected profile `crown`. */
async function worldWithRun() {
  const world = await createWorld()
  const dag = await world.addDag('hello')
  dag.rows.push(
    summary({
      runId: 'r1',
      dagId: dag.record!.dagId,
      fileName: 'hello',
      dagName: 'hello',
      status: 'failed',
      profile: 'crown',
    }),
  )
  return { ...world, dag }
}

describe('the profile of a run', () => {
  it('is handed to the DAG by whoever may use it; a protected one is for admins', async () => {
    const { ask, dag } = await worldWithRun()
    for (const path of ['dags/hello/start', 'dags/hello/enqueue']) {
      expect((await ask('POST', path, { role: 'operator', body: { profile: 'crown' } })).status).toBe(403)
      expect((await ask('POST', path, { role: 'operator', body: { profile: 'dev' } })).status).toBe(200)
      expect((await ask('POST', path, { role: 'admin', body: { profile: 'crown' } })).status).toBe(200)
    }
    expect(dag.requests.map(request => request.profile)).toEqual(['dev', 'crown', 'dev', 'crown'])
  })

  it('is kept by a retry and a reschedule of what ran, for any operator', async () => {
    const { ask, dag } = await worldWithRun()
    expect((await ask('POST', 'dag-runs/hello/r1/retry', { role: 'operator', body: {} })).status).toBe(200)
    expect((await ask('POST', 'dag-runs/hello/r1/reschedule', { role: 'operator', body: {} })).status).toBe(200)
    expect(dag.requests).toMatchObject([{ again: { runId: 'r1' }, profile: 'crown' }])
  })

  it('is not lent to another definition, which could print its secrets', async () => {
    const { ask, dag } = await worldWithRun()
    const body = { useCurrentDagFile: true }
    expect((await ask('POST', 'dag-runs/hello/r1/reschedule', { role: 'developer', body })).status).toBe(403)
    expect((await ask('POST', 'dag-runs/hello/r1/reschedule', { role: 'admin', body })).status).toBe(200)
    expect(dag.requests).toHaveLength(1)
  })

  it('of a DAG without a name for it is the default, which only somebody who may use it sets', async () => {
    const { ask } = await worldWithRun()
    const set = (role: 'developer' | 'admin') => ask('PUT', 'dags/hello/settings', { role, body: { profile: 'crown' } })
    expect((await set('developer')).status).toBe(403)
    expect(await (await set('admin')).json()).toMatchObject({
      dagName: 'hello',
      profile: 'crown',
      updatedBy: 'admin-key',
    })
    expect(await (await ask('GET', 'dags/hello/settings', { role: 'viewer' })).json()).toMatchObject({
      profile: 'crown',
    })
  })
})
