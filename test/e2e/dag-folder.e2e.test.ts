// `--dags DIR`: the folder is the source. What is edited there is seen within a second, what is saved elsewhere is written there.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiError } from '../../cli/client/api-client.ts'
import { type Product, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { sha256 } from './support/hash.ts'
import { serve } from './support/serve.ts'

const spec = (words: string): string => `steps:\n  - name: say\n    command: echo ${words}\n`
const BROKEN = 'steps:\n  - name: say\n    comand: echo lost\n'

interface Spec {
  spec: string
  hash: string
  errors: string[] | null
}

let product: Product
beforeAll(async () => {
  product = await serve()
}, 120_000)
afterAll(() => product?.end())

const file = (name: string): string => join(product.dagsDir, `${name}.yaml`)
const stored = (name: string) => product.client.get<Spec>(`/dags/${name}/spec`)
const save = (name: string, body: { spec: string; hash?: string }) =>
  product.client.put<{ errors: string[] | null; hash: string }>(`/dags/${name}/spec`, body)
const seen = (name: string, text: string) => until(`${name} as edited`, async () => (await stored(name)).spec === text)
const refusal = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => {
      throw new Error('it was not refused')
    },
    (error: ApiError) => error,
  )
async function listed(name: string) {
  const { dags } = await product.client.get<{ dags: { fileName: string; errors: string[] }[] }>('/dags')
  return dags.find(dag => dag.fileName === name)
}

describe('the folder of DAG files', () => {
  test('a file made, edited or removed outside is seen', async () => {
    writeDag(product.dir, 'outside', spec('one'))
    await until('the file', async () => (await listed('outside')) !== undefined)
    writeDag(product.dir, 'outside', spec('two'))
    await seen('outside', spec('two'))
    rmSync(file('outside'))
    await until('its absence', async () => (await listed('outside')) === undefined)
  })

  test('a save is written to the file whole: a reader never meets half a text', async () => {
    const texts = ['a', 'b'].map(letter => `${spec(letter)}${`# ${letter.repeat(200)}\n`.repeat(1_000)}`)
    writeDag(product.dir, 'atomic', texts[0] ?? '')
    await seen('atomic', texts[0] ?? '')
    let saving = true
    const saves = (async () => {
      for (let i = 1; i <= 10; i++) expect((await save('atomic', { spec: texts[i % 2] ?? '' })).errors).toBeNull()
      saving = false
    })()
    let reads = 0
    while (saving) {
      expect(texts).toContain(readFileSync(file('atomic'), 'utf8'))
      reads += 1
      await new Promise(resolve => setImmediate(resolve))
    }
    await saves
    expect(reads).toBeGreaterThan(20)
    expect(readdirSync(product.dagsDir).filter(name => name.includes('tmp'))).toEqual([])
  })

  test('a save over an edit that the server has not even seen yet is a 409 with both hashes', async () => {
    writeDag(product.dir, 'raced', spec('read'))
    await seen('raced', spec('read'))
    const { hash } = await stored('raced')
    expect(hash).toBe(sha256(spec('read')))
    writeDag(product.dir, 'raced', spec('outside'))
    const early = await refusal(save('raced', { spec: spec('mine'), hash }))
    expect(early).toMatchObject({ status: 409, code: 'conflict' })
    expect(early.body).toMatchObject({ expected: hash, actual: sha256(spec('outside')) })
    await seen('raced', spec('outside'))
    const late = await refusal(save('raced', { spec: spec('mine'), hash }))
    expect(late.body).toMatchObject({ status: 409, expected: hash, actual: sha256(spec('outside')) })
    expect(readFileSync(file('raced'), 'utf8')).toBe(spec('outside'))
    const mine = await save('raced', { spec: spec('mine'), hash: sha256(spec('outside')) })
    expect(mine).toEqual({ errors: null, hash: sha256(spec('mine')) })
    expect(readFileSync(file('raced'), 'utf8')).toBe(spec('mine'))
  })

  test('an invalid text is answered with its errors and not written', async () => {
    writeDag(product.dir, 'kept', spec('good'))
    await seen('kept', spec('good'))
    const answer = await save('kept', { spec: BROKEN })
    expect(answer.errors?.join()).toMatch(/comand.*line 3/s)
    expect(readFileSync(file('kept'), 'utf8')).toBe(spec('good'))
  })

  test('a broken file stays in the list with its errors, refuses to start, and works again when it is mended', async () => {
    writeDag(product.dir, 'mended', BROKEN)
    const item = await until('the broken file', async () => (await listed('mended')) ?? false)
    expect(item.errors.join()).toMatch(/line 3.*comand/s)
    expect((await stored('mended')).errors?.join()).toContain('comand')
    expect(await refusal(startDag(product.client, 'mended'))).toMatchObject({ status: 400 })
    writeDag(product.dir, 'mended', spec('whole'))
    await until('the mended file', async () => (await listed('mended'))?.errors.length === 0)
    const runId = await startDag(product.client, 'mended')
    expect((await settled(product.client, 'mended', runId)).statusLabel).toBe('succeeded')
  })

  test('a file that is removed and put back has its history back', async () => {
    writeDag(product.dir, 'returns', spec('here'))
    await seen('returns', spec('here'))
    const runId = await startDag(product.client, 'returns')
    await settled(product.client, 'returns', runId)
    rmSync(file('returns'))
    await until('its absence', async () => (await listed('returns')) === undefined)
    expect(await refusal(stored('returns'))).toMatchObject({ status: 404 })
    writeDag(product.dir, 'returns', spec('again'))
    await seen('returns', spec('again'))
    const { dagRuns } = await product.client.get<{ dagRuns: { dagRunId: string }[] }>('/dags/returns/dag-runs')
    expect(dagRuns.map(run => run.dagRunId)).toEqual([runId])
    await until('the run in the list of all', async () => {
      const all = await product.client.get<{ dagRuns: { dagRunId: string }[] }>('/dag-runs/returns')
      return all.dagRuns.some(run => run.dagRunId === runId)
    })
  })

  test('a DAG made, renamed and deleted through the API is so in the folder', async () => {
    await product.client.post('/dags', { name: 'made', spec: spec('made') })
    expect(readFileSync(file('made'), 'utf8')).toBe(spec('made'))
    const runId = await startDag(product.client, 'made')
    await settled(product.client, 'made', runId)
    await product.client.post('/dags/made/rename', { newFileName: 'renamed' })
    expect([existsSync(file('made')), existsSync(file('renamed'))]).toEqual([false, true])
    const { dagRuns } = await product.client.get<{ dagRuns: { dagRunId: string }[] }>('/dags/renamed/dag-runs')
    expect(dagRuns.map(run => run.dagRunId)).toEqual([runId])
    await product.client.delete('/dags/renamed')
    expect(existsSync(file('renamed'))).toBe(false)
    expect(await listed('renamed')).toBeUndefined()
  })

  test('other files of the folder are left alone, hidden ones of editors too', async () => {
    writeFileSync(join(product.dagsDir, 'README.md'), 'not a DAG')
    writeFileSync(join(product.dagsDir, '.hidden.yaml'), spec('hidden'))
    writeDag(product.dir, 'last', spec('last'))
    await seen('last', spec('last'))
    const { dags } = await product.client.get<{ dags: { fileName: string }[] }>('/dags')
    expect(dags.map(dag => dag.fileName).filter(name => /README|hidden/.test(name))).toEqual([])
  })
})
