// Definitions over the REST API as clients of the reference program know it: paths, fields and codes as they were recorded there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Product } from '../fixtures/product.ts'
import { DAGS, RFC3339, writeDags } from './support/api-dags.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

let product: Product
let api: Call
beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  await writeDags(product, api)
}, 120_000)
afterAll(() => product?.end())

describe('definitions', () => {
  test('the list has file, schedule, labels, errors and the latest run of each', async () => {
    const { status, json } = await api('GET', '/dags')
    const hello = json.dags.find((d: { fileName: string }) => d.fileName === 'hello')
    expect(status).toBe(200)
    expect(hello).toMatchObject({
      fileName: 'hello',
      suspended: false,
      errors: [],
      nextRun: expect.stringMatching(RFC3339),
      dag: {
        name: 'hello',
        description: 'Says hello',
        labels: ['team=core', 'nightly'],
        tags: ['team=core', 'nightly'],
        schedule: [{ kind: 'cron', expression: '0 3 29 2 *' }],
      },
      latestDAGRun: {
        dagRunId: '',
        name: 'hello',
        status: 0,
        statusLabel: 'not_started',
        startedAt: '',
        finishedAt: '',
      },
    })
    expect(json.errors).toBeNull()
    expect(json.pagination).toEqual({ currentPage: 1, nextPage: 1, prevPage: 1, totalPages: 1, totalRecords: 5 })
  })

  test('the list comes in pages, by name and by label', async () => {
    const second = (await api('GET', '/dags?page=2&perPage=2')).json
    expect(second.dags.map((d: { fileName: string }) => d.fileName)).toEqual(['hello', 'lines'])
    expect(second.pagination).toEqual({ currentPage: 2, nextPage: 3, prevPage: 1, totalPages: 3, totalRecords: 5 })
    const names = async (query: string) =>
      (await api('GET', `/dags?${query}`)).json.dags.map((d: { fileName: string }) => d.fileName)
    expect(await names('name=lo')).toEqual(['hello', 'slow'])
    expect(await names('labels=nightly')).toEqual(['hello'])
    expect(await names('tags=team')).toEqual(['hello'])
    expect((await api('GET', '/dags/labels')).json).toEqual({ labels: ['nightly', 'team', 'team=core'], errors: null })
  })

  test('details have the definition, its spec and the file name', async () => {
    const { status, json } = await api('GET', '/dags/hello')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      fileName: 'hello',
      suspended: false,
      errors: [],
      localDags: [],
      spec: DAGS.hello,
      dag: {
        name: 'hello',
        env: ['GREETING=hi'],
        params: ['WHO=world'],
        defaultParams: 'WHO="world"',
        paramDefs: [{ name: 'WHO', type: 'string', default: 'world' }],
        histRetentionDays: 30,
        steps: [
          { name: 'a', output: 'MSG', commands: [{ command: 'echo' }], executorConfig: { config: {} } },
          { name: 'b', depends: ['a'] },
        ],
      },
    })
  })

  test('a broken file has an answer too: no steps, and what is wrong with it', async () => {
    const { status, json } = await api('GET', '/dags/broken')
    expect(status).toBe(200)
    expect(json.dag.steps).toEqual([])
    expect(json.errors.join()).toMatch(/comand.*line 3, column 5/)
    expect((await api('POST', '/dags/broken/start', {})).status).toBe(400)
  })

  test('validate answers valid or the errors, and stores nothing', async () => {
    const good = (await api('POST', '/dags/validate', { spec: DAGS.hello })).json
    expect(good).toMatchObject({ valid: true, errors: null, dag: { name: 'validated-dag' } })
    const bad = await api('POST', '/dags/validate', { spec: DAGS.broken, name: 'mine' })
    expect(bad.status).toBe(200)
    expect(bad.json).toMatchObject({ valid: false, dag: { name: 'mine' }, problems: [{ line: 3, column: 5 }, {}] })
    expect((await api('GET', '/dags/mine')).status).toBe(404)
  })

  test('create, save, rename and delete', async () => {
    expect(await api('POST', '/dags', { name: 'newone', spec: DAGS.lines })).toMatchObject({
      status: 201,
      json: { name: 'newone' },
    })
    expect((await api('POST', '/dags', { name: 'newone' })).status).toBe(409)
    const odd = await api('POST', '/dags', { name: 'a/b' })
    expect(odd).toMatchObject({ status: 400, json: { message: expect.stringContaining('must only contain') } })
    expect((await api('PUT', '/dags/newone/spec', { spec: DAGS.fails })).json.errors).toBeNull()
    expect((await api('PUT', '/dags/newone/spec', { spec: DAGS.broken })).json.errors).toHaveLength(2)
    expect((await api('GET', '/dags/newone/spec')).json).toMatchObject({ spec: DAGS.fails, errors: null })
    expect((await api('POST', '/dags/newone/rename', { newFileName: 'hello' })).status).toBe(409)
    expect((await api('POST', '/dags/newone/rename', { newFileName: 'newer' })).status).toBe(200)
    expect((await api('DELETE', '/dags/newer')).status).toBe(204)
    expect((await api('DELETE', '/dags/newer')).status).toBe(404)
  })

  test('suspend is kept and takes the next run away', async () => {
    expect((await api('POST', '/dags/hello/suspend', { suspend: true })).status).toBe(200)
    const item = (await api('GET', '/dags?name=hello')).json.dags[0]
    expect(item.suspended).toBe(true)
    expect(item.nextRun).toBeUndefined()
    expect((await api('POST', '/dags/hello/suspend', { suspend: false })).status).toBe(200)
    expect((await api('GET', '/dags/hello')).json.suspended).toBe(false)
    expect((await api('POST', '/dags/nope/suspend', { suspend: true })).status).toBe(404)
  })
})
