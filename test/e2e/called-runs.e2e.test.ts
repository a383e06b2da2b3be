// Runs that runs call, as users act on them: retrying one alone, setting a step's status, stopping one; and who may.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const FAMILY = `
type: chain
steps:
  - { name: go, call: kid, parallel: [a, b, c], params: 'WHICH=\${ITEM}', output: R }
  - { name: after, command: 'echo "\${R.summary.succeeded} of \${R.summary.total}"' }
---
name: kid
type: chain
params: 'WHICH=""'
steps:
  - { name: first, command: 'echo "first $WHICH" >> __DIR__/count' }
  - { name: deep, call: grandkid, params: 'WHICH=\${WHICH}' }
---
name: grandkid
type: chain
params: 'WHICH=""'
steps:
  - { name: one, command: 'echo "one $WHICH" >> __DIR__/count' }
  - { name: two, command: 'test "$WHICH" = a || test -e __DIR__/fine' }
`

const HANGS = `
steps:
  - { name: go, call: sleeper, parallel: [a, b] }
---
name: sleeper
steps:
  - { name: nap, command: 'test "$1" = a && exit 1; while [ ! -e __DIR__/up ]; do sleep 0.05; done' }
`

let product: Product
let api: Call
beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  writeDag(product.dir, 'family', FAMILY.replaceAll('__DIR__', product.dir))
  writeDag(product.dir, 'hangs', HANGS.replaceAll('__DIR__', product.dir))
  await until('all DAGs', async () => (await api('GET', '/dags')).json.dags.length === 2)
}, 120_000)
afterAll(() => product?.end())

interface Called {
  dagRunId: string
  params: string
  statusLabel: string
}
const detailsAt = async (path: string) => (await api('GET', path)).json?.dagRunDetails
const ended = (path: string, attempt: number) =>
  until(`the end of attempt ${attempt} of ${path}`, async () => {
    const run = await detailsAt(path)
    return run?.attempt >= attempt && ![0, 1, 5].includes(run.status) && run
  })
const calledBy = async (path: string, child?: string): Promise<Called[]> =>
  (await api('GET', `${path}/sub-dag-runs${child ? `?parentSubDAGRunId=${child}` : ''}`)).json.subRuns.filter(
    (run: { repeated: boolean }) => !run.repeated,
  )
const start = async (name: string): Promise<string> => {
  const { json } = await api('POST', `/dags/${name}/start`, {})
  return `/dag-runs/${name}/${json.dagRunId}`
}

describe('a run two levels below another', () => {
  let path: string
  let kids: Called[]
  let grandkids: Called[]
  test('fails, and the runs above it with it', async () => {
    path = await start('family')
    expect((await ended(path, 1)).statusLabel).toBe('failed')
    kids = await calledBy(path)
    expect(kids.map(kid => kid.statusLabel)).toEqual(['succeeded', 'failed', 'failed'])
    grandkids = (await Promise.all(kids.map(kid => calledBy(path, kid.dagRunId)))).flat()
    expect(grandkids.map(kid => kid.statusLabel)).toEqual(['succeeded', 'failed', 'failed'])
  })

  test('is retried alone, from one of its steps, by those who may; its siblings stay as they are', async () => {
    writeFileSync(join(product.dir, 'fine'), '')
    writeFileSync(join(product.dir, 'count'), '')
    const below = `${path}/sub-dag-runs/${grandkids[1]!.dagRunId}`
    expect(await api('POST', `${below}/retry`, { stepName: 'nope' })).toMatchObject({
      status: 404,
      json: { message: 'step nope not found in DAG grandkid' },
    })
    expect((await api('POST', `${path}/retry`, { subDAGRunId: 'stranger' })).status).toBe(404)
    const key = await api('POST', '/api-keys', { name: 'looker', role: 'viewer' })
    const viewer = caller(product.url, key.json.key)
    expect((await viewer('POST', `${below}/retry`, {})).status).toBe(403)
    expect((await viewer('PATCH', `${below}/steps/two/status`, { status: 4 })).status).toBe(403)

    expect(await api('POST', `${below}/retry`, { stepName: 'two', includeDownstream: true })).toMatchObject({
      status: 200,
    })
    expect((await ended(path, 2)).statusLabel).toBe('failed')
    const now = await calledBy(path)
    expect(now.map(kid => [kid.dagRunId, kid.statusLabel])).toEqual([
      [kids[0]!.dagRunId, 'succeeded'],
      [kids[1]!.dagRunId, 'succeeded'],
      [kids[2]!.dagRunId, 'failed'],
    ])
    const attempts = await Promise.all(
      [...kids, ...grandkids].map(({ dagRunId }) => detailsAt(`${path}/sub-dag-runs/${dagRunId}`)),
    )
    expect(attempts.map(run => run.attempt)).toEqual([1, 2, 1, 1, 2, 1])
    expect(counted()).toEqual('')
  })

  test('may have a step set by hand: the next retry above takes it as it is', async () => {
    const last = `${path}/sub-dag-runs/${grandkids[2]!.dagRunId}`
    expect(await api('PATCH', `${last}/steps/two/status`, { status: 9 })).toMatchObject({ status: 400 })
    expect(await api('PATCH', `${last}/steps/two/status`, { status: 4 })).toMatchObject({ status: 200 })
    expect((await detailsAt(last)).statusLabel).toBe('succeeded')
    await until('the word of it', async () => (await calledBy(path, kids[2]!.dagRunId))[0]!.statusLabel === 'succeeded')
    expect((await detailsAt(path)).statusLabel).toBe('failed')
    expect((await api('POST', `${path}/retry`, {})).status).toBe(200)
    const run = await ended(path, 3)
    expect(run.statusLabel).toBe('succeeded')
    expect((await api('GET', `${path}/steps/after/log`)).json.content).toBe('3 of 3\n')
    expect((await detailsAt(last)).attempt).toBe(1)
    expect(counted()).toEqual('')
  })
})

test('a called run that has failed is retried while its siblings run, and what runs is not', async () => {
  const path = await start('hangs')
  const [a, b] = await until('one failure', async () => {
    const runs = await calledBy(path)
    return runs[0]?.statusLabel === 'failed' && runs
  })
  expect(await api('POST', `${path}/sub-dag-runs/${b!.dagRunId}/retry`, {})).toMatchObject({
    status: 400,
    json: { message: expect.stringContaining('only a finished run can be retried') },
  })
  expect((await api('POST', `${path}/sub-dag-runs/${a!.dagRunId}/retry`, {})).status).toBe(200)
  await ended(`${path}/sub-dag-runs/${a!.dagRunId}`, 2)
  expect((await detailsAt(path)).attempt).toBe(1)
  writeFileSync(join(product.dir, 'up'), '')
  expect((await ended(path, 1)).statusLabel).toBe('failed')
  expect((await calledBy(path)).map(run => run.statusLabel)).toEqual(['failed', 'succeeded'])
  rmSync(join(product.dir, 'up'))
})

/** What first steps wrote since the file was emptied: nothing of what had succeeded may run again. */
const counted = () => readFileSync(join(product.dir, 'count'), 'utf8')
