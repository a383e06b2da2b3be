// Documents of a host with a folder of its own, on the real product and a real second agent: what a page saves is there for the next run,
// what a run writes is on the page, and of two changes both stay.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cleanEnv, type Product, ROOT, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const DAG = `name: etl
worker_selector: {zone: far}
steps:
  - name: work
    shell: /bin/sh
    command: |
      mkdir -p "$DAG_DOCS_DIR"
      echo "plan: $(cat "$DAG_DOCS_DIR/plan.md" 2>/dev/null)" > "$DAG_DOCS_DIR/report.md"
`

let product: Product
let api: Call
let agent: ChildProcess
const far = mkdtempSync(join(tmpdir(), 'edgedag-far-'))
const file = (id: string) => join(far, 'docs', `${id}.md`)

const textOf = async (path: string): Promise<string | undefined> =>
  (await api('GET', `/docs/doc?path=${encodeURIComponent(path)}`)).json?.content
const ids = async () => ((await api('GET', '/docs?flat=true')).json.items as { id: string }[]).map(item => item.id)

async function run(): Promise<void> {
  const { json } = await api('POST', '/dags/etl/start', {})
  await until('the end of the run', async () => {
    const details = (await api('GET', `/dag-runs/etl/${json.dagRunId}`)).json?.dagRunDetails
    return details?.statusLabel === 'succeeded'
  })
}

beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  writeDag(product.dir, 'etl', DAG)
  const { json } = await api('POST', '/runners/enrolments', {})
  const args = ['--url', product.url, '--state', join(far, 'state'), '--name', 'far', '--enrol', json.token]
  const more = ['--label', 'zone=far', '--docs-dir', join(far, 'docs'), '--exit-with-stdin']
  agent = spawn(process.execPath, [join(ROOT, 'dist/agent/main.mjs'), ...args, ...more], {
    env: cleanEnv(),
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await until('the DAG', async () => (await api('GET', '/dags/etl')).status === 200)
  await until('the agent', async () => JSON.stringify((await api('GET', '/workers')).json).includes('far'))
}, 120_000)

afterAll(async () => {
  agent?.stdin?.end()
  if (agent?.exitCode === null) await new Promise(resolve => agent.once('exit', resolve))
  await product?.end()
  rmSync(far, { recursive: true, force: true })
})

test('what a run has written is on the page, and what the page saves is there for the next run', async () => {
  await run()
  await until('the report', async () => (await textOf('etl/report')) === 'plan: \n')
  expect((await api('POST', '/docs', { id: 'etl/plan', content: 'first' })).status).toBe(201)
  await run()
  await until('the report of the first plan', async () => (await textOf('etl/report')) === 'plan: first\n')
  expect((await api('PATCH', '/docs/doc?path=etl/plan', { content: 'second' })).status).toBe(200)
  await run()
  await until('the report of the second plan', async () => (await textOf('etl/report')) === 'plan: second\n')
}, 60_000)

test('what both have changed stays twice, and a deletion on the page reaches the host', async () => {
  writeFileSync(file('etl/plan'), 'of the host')
  await api('PATCH', '/docs/doc?path=etl/plan', { content: 'of the page' })
  await run()
  await until('the report of the plan', async () => (await textOf('etl/report')) === 'plan: of the page\n')
  expect(readFileSync(file('etl/plan'), 'utf8')).toBe('of the page')
  const copy = (await ids()).find(id => id.startsWith('etl/plan (conflict '))
  expect(await textOf(copy!)).toBe('of the host')
  expect((await api('DELETE', '/docs/doc?path=etl/plan')).status).toBe(204)
  await run()
  await until('the report without a plan', async () => (await textOf('etl/report')) === 'plan: \n')
  expect(existsSync(file('etl/plan'))).toBe(false)
  expect(readFileSync(join(far, 'state/docs-removed/etl/plan.md'), 'utf8')).toBe('of the page')
}, 60_000)
