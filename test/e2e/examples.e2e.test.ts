// The examples as a new user finds them: served from their folder, started by name. Those that need something from outside say so
// in their first line; all others run to a good end on a bare machine.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDir, type Product, ROOT, startProduct } from '../fixtures/product.ts'
import { getRun, logText, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'

const EXAMPLES = join(ROOT, 'examples')
const all = readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml'))
const runnable = all
  .filter(name => !readFileSync(join(EXAMPLES, name), 'utf8').startsWith('# Needs: '))
  .map(name => name.replace('.yaml', ''))

/** What their comments promise of these; the others succeed. */
const ENDS: Record<string, string> = { 'continue-on': 'partially_succeeded', timeout: 'partially_succeeded' }
/** Waits for a person. */
const PERSON = 'release'
/** Fails in its first attempt, and is retried by itself. */
const TWICE = 'run-retry'

let product: Product
beforeAll(async () => {
  const dir = freshDir()
  cpSync(EXAMPLES, join(dir, 'dags'), { recursive: true })
  product = await startProduct({ dir })
  await until(
    'all examples',
    async () => (await product.client.get<{ dags: object[] }>('/dags?perPage=100')).dags.length === all.length,
  )
}, 120_000)
afterAll(() => product?.end())

describe('the examples', () => {
  test('that need nothing from outside run to a good end, together', async () => {
    const names = runnable.filter(name => name !== PERSON)
    expect(names.length).toBeGreaterThan(20)
    const ids = await Promise.all(names.map(name => startDag(product.client, name)))
    const ends = await Promise.all(
      names.map(async (name, i) => {
        const id = ids[i] ?? ''
        const end = await settled(product.client, name, id, 60_000, 200)
        if (name !== TWICE) return end
        expect(end.statusLabel).toBe('failed')
        return until('the second attempt', async () => {
          const run = await getRun(product.client, name, id)
          return run.statusLabel === 'succeeded' && run
        })
      }),
    )
    expect(Object.fromEntries(ends.map(run => [run.name, run.statusLabel]))).toEqual(
      Object.fromEntries(names.map(name => [name, ENDS[name] ?? 'succeeded'])),
    )
    const secret = ends.find(run => run.name === 'secrets')
    expect(secret && (await logText(product.client, secret, 'use'))).toBe('the password is *******\n')
  })

  test('the one that waits for a person goes on with what the person says', async () => {
    const id = await startDag(product.client, PERSON)
    await until('the wait', async () => (await getRun(product.client, PERSON, id)).statusLabel === 'waiting')
    await product.client.post(`/dag-runs/${PERSON}/${id}/steps/build/approve`, {
      inputs: { VERSION: '2.0', NOTE: 'yes' },
    })
    const run = await settled(product.client, PERSON, id)
    expect(run.statusLabel).toBe('succeeded')
    expect(await logText(product.client, run, 'publish')).toBe('publishing 2.0 (built 1.4.2) yes\n')
  })
})
