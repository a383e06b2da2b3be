// What runs leave behind for people, on the real product: artifacts, documents, and runs that webhooks start.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kill } from '../fixtures/processes.ts'
import { type Product, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { launch, openPage, shoot } from './support/browser.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const MB = 1024 * 1024
const keeps = (command: string) =>
  `artifacts: {enabled: true}\nsteps:\n  - name: write\n    shell: /bin/bash\n    command: |\n${command.replace(/^/gm, '      ')}\n`

let product: Product
let api: Call
const dags: Record<string, string> = {
  report: keeps(
    'mkdir -p "$DAG_RUN_ARTIFACTS_DIR/out"\nprintf \'# Sum\\n\\n<script>alert(1)</script>\' > "$DAG_RUN_ARTIFACTS_DIR/out/sum.md"\necho \'<script>x</script>\' > "$DAG_RUN_ARTIFACTS_DIR/page.html"',
  ),
  big: keeps(
    'head -c 209715200 /dev/urandom > "$DAG_RUN_ARTIFACTS_DIR/big"\nsha256sum "$DAG_RUN_ARTIFACTS_DIR/big" | cut -d" " -f1 > "$DAG_RUN_ARTIFACTS_DIR/sum"',
  ),
  plain: 'steps:\n  - command: "true"\n',
  doc: 'name: doc\nlabels: [workspace=ops]\nsteps:\n  - command: mkdir -p "$DAG_DOCS_DIR" && echo "# From a run" > "$DAG_DOCS_DIR/report.md"\n',
  hook: 'steps:\n  - name: say\n    command: echo "${WEBHOOK_PAYLOAD.user.name} $(printf %s "$WEBHOOK_PAYLOAD" | wc -c)"\n',
  large: 'steps:\n  - name: deep\n    command: echo "${WEBHOOK_PAYLOAD.list.1.id}"\n',
}

beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  for (const [name, text] of Object.entries(dags)) writeDag(product.dir, name, text)
  await until('all DAGs', async () => (await api('GET', '/dags')).json.dags.length === Object.keys(dags).length)
}, 120_000)
afterAll(() => product?.end())

async function run(name: string): Promise<string> {
  const { json } = await api('POST', `/dags/${name}/start`, {})
  await ended(name, json.dagRunId)
  return json.dagRunId
}
const ended = (name: string, id: string) =>
  until(
    `the end of ${id}`,
    async () => {
      const { json } = await api('GET', `/dag-runs/${name}/${id}`)
      const details = json?.dagRunDetails
      return ['succeeded', 'failed', 'aborted'].includes(details?.statusLabel) ? details : undefined
    },
    60_000,
  )
const download = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${product.url}/api/v1${path}`, { headers: { authorization: `Bearer ${product.token}`, ...headers } })

describe('artifacts', () => {
  test('are listed, previewed and sent right after the run has ended', async () => {
    const id = await run('report')
    const base = `/dag-runs/report/${id}/artifacts`
    const listing = (await api('GET', base)).json
    expect(listing).toMatchObject({
      complete: true,
      files: 2,
      items: [
        {
          name: 'out',
          path: 'out',
          type: 'directory',
          children: [{ name: 'sum.md', path: 'out/sum.md', type: 'file' }],
        },
        { name: 'page.html', type: 'file', size: 19 },
      ],
    })
    expect((await api('GET', `${base}/preview?path=out/sum.md`)).json).toMatchObject({
      kind: 'markdown',
      mimeType: 'text/markdown',
      content: '# Sum\n\n<script>alert(1)</script>',
      truncated: false,
      tooLarge: false,
    })
    const details = await ended('report', id)
    expect(details).toMatchObject({ artifactsAvailable: true, archiveDir: expect.stringContaining(id) })
  })

  test('that are pages are shown in a sandbox, and saved as bytes', async () => {
    const id = await run('report')
    const path = `/dag-runs/report/${id}/artifacts/download?path=page.html`
    const shown = await download(`${path}&inline=true`)
    expect(shown.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(shown.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
    expect(shown.headers.get('x-content-type-options')).toBe('nosniff')
    const saved = await download(path)
    expect(saved.headers.get('content-type')).toBe('application/octet-stream')
    expect(saved.headers.get('content-disposition')).toContain('attachment')
  })

  test('are not there for a run that keeps none, a path that leads out, or somebody without a key', async () => {
    const id = await run('plain')
    const none = await api('GET', `/dag-runs/plain/${id}/artifacts`)
    expect(none).toMatchObject({ status: 404, json: { message: `artifact directory not found for dag-run ${id}` } })
    const kept = await run('report')
    const out = `/dag-runs/report/${kept}/artifacts/download?path=${encodeURIComponent('../../../../etc/passwd')}`
    expect((await api('GET', out)).status).toBe(404)
    expect((await fetch(`${product.url}/api/v1${out}`)).status).toBe(401)
  })

  test('of 200 MB arrive whole although the agent is killed while it brings them, and can be read in ranges', async () => {
    const { json } = await api('POST', '/dags/big/start', {})
    const id = json.dagRunId
    await ended('big', id)
    kill(product.agentPid(), 'SIGKILL')
    const base = `/dag-runs/big/${id}/artifacts`
    const listing = await until(
      'all artifacts',
      async () => {
        const answer = (await api('GET', base)).json
        return answer?.complete ? answer : undefined
      },
      60_000,
    )
    expect(listing).toMatchObject({ files: 2, bytes: 200 * MB + 65 })
    const wanted = (await (await download(`${base}/download?path=sum`)).text()).trim()
    const whole = await download(`${base}/download?path=big`)
    const hash = createHash('sha256')
    for await (const chunk of whole.body!) hash.update(chunk)
    expect(hash.digest('hex')).toBe(wanted)
    const items = listing.items as { name: string; sha256: string }[]
    expect(items.find(item => item.name === 'big')?.sha256).toBe(wanted)
    const part = await download(`${base}/download?path=big`, { range: `bytes=${33 * MB - 5}-${33 * MB + 4}` })
    expect(part.status).toBe(206)
    expect((await part.arrayBuffer()).byteLength).toBe(10)
    expect(part.headers.get('content-range')).toBe(`bytes ${33 * MB - 5}-${33 * MB + 4}/${200 * MB}`)
    const again = await download(`${base}/download?path=big`, { 'if-none-match': whole.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
    expect((await download(`${base}/download?path=big`, { range: `bytes=${200 * MB}-` })).status).toBe(416)
  }, 120_000)
})

describe('documents', () => {
  test('that a run writes are there at once, under its workspace', async () => {
    await run('doc')
    expect((await api('GET', '/docs/doc?path=ops/doc/report')).json).toMatchObject({
      id: 'ops/doc/report',
      title: 'From a run',
      content: '# From a run\n',
    })
    const ids = async (query: string) =>
      ((await api('GET', `/docs?flat=true${query}`)).json.items as { id: string }[]).map(item => item.id)
    expect(await ids('')).toContain('ops/doc/report')
    expect(await ids('&workspace=all')).toContain('ops/doc/report')
    expect(await ids('&workspace=ops')).toEqual(['doc/report'])
    expect(await ids('&workspace=default')).toEqual([])
    expect((await api('GET', '/docs/doc?path=doc/report&workspace=ops')).json.workspace).toBe('ops')
    expect((await api('GET', '/docs/doc?path=ops/doc/report&workspace=default')).status).toBe(404)
  })

  test('are created, edited, found, moved and deleted, and the folder follows', async () => {
    expect(await api('POST', '/docs', { id: 'guide/a', content: '# One\nfind me' })).toMatchObject({
      status: 201,
      json: { message: 'Document guide/a created' },
    })
    expect((await api('POST', '/docs', { id: 'guide/a', content: '' })).status).toBe(409)
    const tree = (await api('GET', '/docs')).json.tree as { id: string; type: string; children?: object[] }[]
    expect(tree.find(node => node.id === 'guide')).toMatchObject({
      type: 'directory',
      children: [{ id: 'guide/a', name: 'a.md', title: 'One', type: 'file' }],
    })
    const file = join(product.dagsDir, 'docs', 'guide', 'a.md')
    expect(readFileSync(file, 'utf8')).toBe('# One\nfind me')
    expect((await api('PATCH', '/docs/doc?path=guide/a', { content: '# Two\nfind me' })).status).toBe(200)
    const stale = await api('PATCH', '/docs/doc?path=guide/a', { content: 'x', ifContent: '# One\nfind me' })
    expect(stale).toMatchObject({ status: 409, json: { code: 'conflict' } })
    expect((await api('GET', '/docs/search?q=FIND')).json.results).toMatchObject([
      { id: 'guide/a', matches: [{ line: 'find me', lineNumber: 2 }] },
    ])
    expect((await api('GET', '/search/docs?q=find&limit=1')).json).toMatchObject({ hasMore: false })
    expect((await api('POST', '/docs/doc/rename?path=guide/a', { newPath: 'guide/b' })).status).toBe(200)
    const gone = await api('POST', '/docs/delete-batch', { paths: ['guide/b', 'guide/none'] })
    expect(gone.json).toMatchObject({ deleted: ['guide/b'], failed: [{ id: 'guide/none' }] })
    expect(existsSync(file)).toBe(false)
    expect((await api('GET', '/docs/doc?path=guide/b')).status).toBe(404)
    expect((await api('POST', '/docs', { id: '../../escape', content: 'x' })).status).toBe(400)
  })
})

describe('a webhook', () => {
  async function deliver(name: string, body: string): Promise<string> {
    const { json } = await api('POST', `/dags/${name}/webhook`)
    const headers = { authorization: `Bearer ${json.token}` }
    const answer = await fetch(`${product.url}/api/v1/webhooks/${name}`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    const { dagRunId } = (await answer.json()) as { dagRunId: string }
    expect(await ended(name, dagRunId)).toMatchObject({ statusLabel: 'succeeded', triggerType: 'webhook' })
    return dagRunId
  }
  const log = async (name: string, id: string, step: string) =>
    (await download(`/dag-runs/${name}/${id}/steps/${step}/log/download?stream=stdout`)).text()

  test('hands the payload to the steps, as a whole and by its fields', async () => {
    const payload = { user: { name: 'kim' }, list: [1] }
    const id = await deliver('hook', JSON.stringify({ payload }))
    expect(await log('hook', id, 'say')).toBe(`kim ${JSON.stringify(payload).length}\n`)
    expect((await api('GET', '/dags/hook/webhook/deliveries')).json.deliveries).toMatchObject([
      { status: 200, dagRunId: id },
    ])
  })

  test('hands fields of a payload of nearly 1 MiB to the steps, also to those of a retry', async () => {
    const filler = 'x'.repeat(1_000_000)
    const id = await deliver('large', JSON.stringify({ payload: { list: [0, { id: 'far down' }], filler } }))
    expect(await log('large', id, 'deep')).toBe('far down\n')
    await api('POST', `/dag-runs/large/${id}/retry`, { dagRunId: id, stepName: 'deep' })
    await until('the second attempt', async () => (await ended('large', id)).attempt === 2)
    expect(await log('large', id, 'deep')).toContain('far down\n')
  })
})

test('the pages show files without running them, make a webhook, and edit a document', async () => {
  const id = await run('report')
  const browser = await launch(product.dir)
  // What the sandbox stops is what the test is about; a DAG without a webhook is asked for one.
  const isStopped = (text: string) => /Blocked script execution|status of 404/.test(text)
  const { page, complaints, context } = await openPage(browser, product.url, {}, isStopped)
  try {
    await page.goto(`${product.url}/#token=${product.token}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.goto(`${product.url}/dag-runs/report/${id}`)
    await page.getByRole('link', { name: 'Artifacts' }).click()
    await page.getByRole('button', { name: /^sum\.md/ }).click()
    await page.getByText('<script>alert(1)</script>').waitFor()
    await page.getByRole('button', { name: /^page\.html/ }).click()
    await page.locator('iframe[sandbox=""]').waitFor()
    await shoot(page, 'run-artifacts')

    await page.goto(`${product.url}/dags/plain/webhook`)
    await page.getByRole('button', { name: 'Create a webhook' }).click()
    const token = await page.locator('.dialog .preview').first().textContent()
    expect(token).toMatch(/^dagu_wh_/)
    await page.getByRole('button', { name: 'I have kept it' }).click()
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${product.url}/api/v1/webhooks/plain`, { method: 'POST', headers, body: '{}' })
    await page.reload()
    await page.getByRole('cell', { name: '200' }).waitFor()
    await shoot(page, 'dag-webhook')

    await api('POST', '/docs', { id: 'notes/restore', content: '# Restore' })
    await page.goto(`${product.url}/docs/notes/restore`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: /Text of/ }).fill('# Restore\n\nstep **one**')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.markdown strong', { hasText: 'one' }).waitFor()
    expect((await api('GET', '/docs/doc?path=notes/restore')).json.content).toContain('step **one**')
    await shoot(page, 'document')
    expect(complaints).toEqual([])
  } finally {
    await context.close()
    await browser.close()
  }
})
