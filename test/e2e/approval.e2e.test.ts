// A release that people have to approve, in a real browser on the real product: pushed back, asked for what is missing, approved by
// one of two, rejected. And a run that is rehearsed, then mended and run again without what had succeeded.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, writeDag } from '../fixtures/product.ts'
import { getRun, logText, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { launch, openPage, PHONE, shoot, type Watched } from './support/browser.ts'
import { findChromium } from './support/chromium.ts'
import { edgedag } from './support/cli.ts'
import { serve } from './support/serve.ts'

const RELEASE = `steps:
  - name: build
    command: echo "building, told \${NOTE:-nothing}"
  - name: review
    command: echo "please look"
    approval:
      prompt: |
        ## Ship it?
        The **build** is green. <img src=x onerror=alert(1)> [notes](https://example.com/notes)
      input: [TICKET, NOTE]
      required: [TICKET]
      rewind_to: build
  - name: ship
    command: echo "shipping for $TICKET"
`
const BROKEN = `params: [WHO: world]
steps:
  - {name: make, command: 'echo "made for $WHO"', output: MADE}
  - {name: use, command: 'echo "$MADE used"; exit 3'}
`
const TESTS = 5
const WAIT = { timeout: 15_000 }
const hasBrowser = findChromium() !== undefined
if (!hasBrowser)
  process.stdout.write(
    `skipped: approval: no Chromium here; install one, or name it in CHROMIUM_PATH (${TESTS} tests)\n`,
  )

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const panel = (page: Page) => page.getByRole('region', { name: 'Approval of review' })

describe.skipIf(!hasBrowser)('an approval', () => {
  let product: Product
  let browser: Browser
  let main: Watched

  /** A run of the release that waits. */
  async function waitingRun(): Promise<string> {
    const runId = await startDag(product.client, 'release')
    expect((await settled(product.client, 'release', runId)).statusLabel).toBe('waiting')
    return runId
  }
  const open = (page: Page, runId: string) => page.goto(`${product.url}/dag-runs/release/${runId}`)

  beforeAll(async () => {
    product = await serve()
    writeDag(product.dir, 'release', RELEASE)
    writeDag(product.dir, 'broken', BROKEN)
    await until('the DAG', async () => (await product.client.get<{ dags: unknown[] }>('/dags')).dags.length === 2)
    browser = await launch(product.dir)
    // A refusal is an answer, which Chromium puts on the console too.
    main = await openPage(browser, product.url, {}, text => /responded with a status of 409/.test(text))
    await main.page.goto(`${product.url}/#token=${product.token}`)
    await main.page.getByRole('heading', { name: 'Home', exact: true }).waitFor(WAIT)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.end()
  })

  test('is pushed back with a note, then given with what it asks for, and the run goes on to its end', async () => {
    const { page } = main
    const runId = await waitingRun()
    await open(page, runId)
    await panel(page).waitFor(WAIT)
    await page.getByText('Ship it?').waitFor(WAIT)
    expect(await panel(page).locator('img').count()).toBe(0)
    expect(await panel(page).getByRole('link', { name: 'notes' }).getAttribute('href')).toBe(
      'https://example.com/notes',
    )
    await shoot(page, 'approval')
    await button(page, 'Push back').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('build and review run again').waitFor(WAIT)
    await dialog.getByLabel('NOTE').fill('smaller please')
    await shoot(page, 'approval-push-back')
    await dialog.getByRole('button', { name: 'Push back' }).click()
    await page.getByText('Pushed back once').waitFor(WAIT)
    await panel(page).getByText('smaller please').waitFor(WAIT)
    await button(page, 'Approve').click()
    await page.getByText('This is needed to approve.').waitFor(WAIT)
    await panel(page).getByLabel('TICKET').fill('OPS-12')
    await shoot(page, 'approval-again')
    await button(page, 'Approve').click()
    const run = await settled(product.client, 'release', runId)
    expect(run.statusLabel).toBe('succeeded')
    expect(await logText(product.client, run, 'build')).toContain('told smaller please')
    expect(await logText(product.client, run, 'ship')).toBe('shipping for OPS-12\n')
    await page.getByText('Approved by').first().waitFor(WAIT)
    await shoot(page, 'approval-done')
    expect(main.complaints).toEqual([])
  })

  test('that somebody else has given meanwhile says who and when, and the page goes on', async () => {
    const { page } = main
    const runId = await waitingRun()
    await open(page, runId)
    await panel(page).getByLabel('TICKET').fill('mine')
    const ours = await page.evaluate(
      `fetch('/api/v1/dag-runs/release/${runId}/steps/review/approve', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ inputs: { TICKET: 'theirs' } }) }).then(answer => answer.status)`,
    )
    expect(ours).toBe(200)
    const second = await product.client
      .post(`/dag-runs/release/${runId}/steps/review/approve`, { inputs: { TICKET: 'late' } })
      .catch((error: { status: number; message: string }) => error)
    expect(second).toMatchObject({ status: 409, message: expect.stringMatching(/review was approved by .+ at \d{4}-/) })
    await panel(page).waitFor({ ...WAIT, state: 'detached' })
    expect((await settled(product.client, 'release', runId)).statusLabel).toBe('succeeded')
  })

  test('is found by the count of waiting runs, on a phone, and can be rejected with a reason', async () => {
    const runId = await waitingRun()
    const { context, page, complaints } = await openPage(browser, product.url, { viewport: PHONE })
    await page.goto(`${product.url}/#token=${product.token}`)
    await page.getByRole('link', { name: '1 run waits for an approval' }).click(WAIT)
    await panel(page).waitFor(WAIT)
    await shoot(page, 'approval-phone')
    await button(page, 'Reject').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('ship will not run.').waitFor(WAIT)
    await dialog.getByLabel(/Reason/).fill('too risky today')
    await dialog.getByRole('button', { name: 'Reject the run' }).click()
    await page.getByText('too risky today').first().waitFor(WAIT)
    const run = await settled(product.client, 'release', runId)
    expect(run.statusLabel).toBe('rejected')
    await shoot(page, 'approval-rejected')
    expect(complaints).toEqual([])
    await context.close()
  })

  test('is given on the command line, which asks for what is missing', async () => {
    const runId = await waitingRun()
    const env = { EDGEDAG_HOME: product.stateDir }
    const run = (...args: string[]) => edgedag(args, { cwd: product.dir, env })
    const refused = await run('approve', 'release')
    expect([refused.code, refused.stderr]).toEqual([2, 'edgedag: missing required inputs: [TICKET]\n'])
    const given = await run('approve', runId, 'review', '--input', 'TICKET=a=b')
    expect([given.code, given.stdout]).toEqual([0, `approved review of release ${runId}\n`])
    const done = await until('the end', async () => {
      const now = await getRun(product.client, 'release', runId)
      return now.statusLabel === 'succeeded' && now
    })
    expect(await logText(product.client, done, 'ship')).toBe('shipping for a=b\n')
    const late = await run('reject', 'release', 'review', '-r', runId)
    expect(late.code).toBe(5)
    expect(late.stderr).toMatch(/review was approved by .+ at/)
  })

  test('is not all that people do to a run: a dry run, then the failed run mended and run again from there', async () => {
    const { page } = main
    await page.goto(`${product.url}/dags/broken`)
    await button(page, 'Start').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('WHO').fill('kim')
    await dialog.getByRole('button', { name: 'Dry run' }).click()
    await dialog.getByText('echo "made for kim"').waitFor(WAIT)
    await shoot(page, 'dry-run')
    await dialog.getByRole('button', { name: 'Start now' }).click()
    await page.getByText('Failed at use').first().waitFor(WAIT)
    await button(page, 'Edit and retry').click()
    await dialog.getByText('it has not succeeded in the former run').waitFor(WAIT)
    const before = await page.evaluate(`document.querySelector('.editor-host')?.shadowRoot !== null`)
    expect(before).toBe(true)
    await dialog.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    // The end of the line `exit 3'}` and the one behind it.
    for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace')
    await page.keyboard.type("0'}")
    await shoot(page, 'edit-retry')
    await dialog.getByRole('button', { name: 'Start as a new run' }).click()
    await page.getByText('All 2 steps succeeded').waitFor(WAIT)
    const { dagRuns } = await product.client.get<{ dagRuns: { dagRunId: string }[] }>('/dags/broken/dag-runs')
    expect(dagRuns).toHaveLength(2)
    const run = await getRun(product.client, 'broken', 'latest')
    expect(run.nodes.map(node => [node.statusLabel, node.attempt])).toEqual([
      ['succeeded', undefined],
      ['succeeded', 1],
    ])
    expect(await logText(product.client, run, 'use')).toBe('made for kim used\n')
    expect(main.complaints).toEqual([])
  })
})
