// The dashboard as somebody uses it who looks after many DAGs: what needs them is told first, every page can be read and worked by
// everybody, and what the API can do to a run can be done on its page.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { told } from '../../ui/e2e/journey.ts'
import { type Product, writeDag } from '../fixtures/product.ts'
import { getRun, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { violations } from './support/axe.ts'
import { launch, openPage, PHONE, type Watched } from './support/browser.ts'
import { findChromium } from './support/chromium.ts'
import { serve } from './support/serve.ts'

/** Fails until it is told to do well. */
const FLAKY = `description: Does what it is told
params: [END: "3"]
schedule: "CRON_TZ=Europe/Berlin 30 2 * * *"
steps:
  - name: measure
    command: 'echo "measured; all of it" && echo 42'
    output: MEASURED
  - name: load
    command: 'for i in $(seq 1 900); do echo "line $i"; done; exit $END'
`
const GATE = `steps:
  - name: check
    command: echo ready
    approval: {prompt: "Go on? | a | b |", input: [TICKET]}
`
const TESTS = 9
const WAIT = { timeout: 15_000 }
const hasBrowser = findChromium() !== undefined
if (!hasBrowser)
  process.stdout.write(
    `skipped: dashboard: no Chromium here; install one, or name it in CHROMIUM_PATH (${TESTS} tests)\n`,
  )

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

describe.skipIf(!hasBrowser)('the dashboard', () => {
  let product: Product
  let browser: Browser
  let main: Watched
  let failed: string
  let waiting: string

  const signIn = (page: Page) => page.goto(`${product.url}/#token=${product.token}`)
  const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true, level: 1 }).waitFor(WAIT)

  beforeAll(async () => {
    product = await serve()
    writeDag(product.dir, 'flaky', FLAKY)
    writeDag(product.dir, 'gate', GATE)
    writeDag(product.dir, 'broken', 'steps:\n  - name: a\n    comand: echo\n')
    for (const name of ['flaky', 'gate', 'broken'])
      await until(`the DAG ${name}`, () => product.client.get(`/dags/${name}`).catch(() => undefined))
    failed = await startDag(product.client, 'flaky')
    waiting = await startDag(product.client, 'gate')
    await settled(product.client, 'flaky', failed)
    await settled(product.client, 'gate', waiting)
    browser = await launch(product.dir)
    main = await openPage(browser, product.url)
    await signIn(main.page)
    await heading(main.page, 'Home')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.end()
  })

  test('begins with what needs somebody, why, and the way there; what is mended leaves by itself', async () => {
    const { page } = main
    await page.goto(`${product.url}/`)
    const needs = page.getByRole('region', { name: 'Needs you' })
    await needs.getByText('waiting for approval: check').waitFor(WAIT)
    await needs.getByText('step load: exit status 3').waitFor(WAIT)
    await needs.getByText('unknown key "comand"').waitFor(WAIT)
    expect(await needs.getByRole('listitem').count()).toBe(3)
    await page.getByRole('region', { name: 'Starts next' }).getByText('flaky').waitFor(WAIT)
    const mended = await startDag(product.client, 'flaky', { params: 'END=0' })
    await settled(product.client, 'flaky', mended)
    await needs.getByText('step load').waitFor({ ...WAIT, state: 'detached' })
    expect(await needs.getByRole('listitem').count()).toBe(2)
  })

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark, on a phone', { colorScheme: 'dark', viewport: PHONE, hasTouch: true, isMobile: true }],
  ] as const)(
    'has no page that some cannot read or reach: %s',
    async (_, options) => {
      const { context, page, complaints } = await openPage(browser, product.url, options)
      await signIn(page)
      await heading(page, 'Home')
      const run = `/dag-runs/flaky/${failed}`
      const pages = [
        ...[
          '/',
          '/dags',
          '/dag-runs',
          '/queues',
          '/queues/none',
          '/search?q=line',
          '/runners',
          '/docs',
          '/alerts',
          '/nowhere',
        ],
        ...['', '/spec', '/history', '/schedule', '/webhook', '/settings'].map(tab => `/dags/flaky${tab}`),
        ...[run, `${run}?view=outputs`, `${run}?view=spec`, `/dag-runs/gate/${waiting}`, '/dags/broken/spec'],
        ...['profiles', 'secrets', 'base-config', 'timezone', 'api-keys'].map(section => `/settings/${section}`),
      ]
      const found: string[] = []
      for (const address of pages) {
        await page.goto(product.url + address)
        await page.locator('h1').first().waitFor(WAIT)
        await until(`${address} to be loaded`, async () => (await page.locator('.skeleton').count()) === 0)
        for (const violation of await violations(page)) found.push(`${address}: ${violation}`)
        const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        if (Number(over) > 0) found.push(`${address}: ${over} px too wide`)
      }
      expect(found).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    },
    120_000,
  )

  test('is worked by keyboard alone: to a DAG by its name, and a run of it started', async () => {
    const { page } = main
    await page.goto(`${product.url}/queues`)
    await heading(page, 'Queues')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).waitFor(WAIT)
    await page.keyboard.type('fla')
    await page.getByRole('option', { name: 'flaky' }).waitFor(WAIT)
    await page.keyboard.press('Enter')
    await heading(page, 'flaky')
    const focus = () => page.evaluate('document.activeElement?.textContent?.trim() ?? ""')
    expect(await page.evaluate('document.activeElement?.id')).toBe('main')
    await until('the button by Tab', async () => {
      await page.keyboard.press('Tab')
      return (await focus()) === 'Start'
    })
    await page.keyboard.press('Enter')
    await page.getByLabel('END').waitFor(WAIT)
    await until('the field', async () => (await page.evaluate('document.activeElement?.tagName')) === 'INPUT')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('4')
    await page.keyboard.press('Enter')
    await page.getByText('exit code 4').first().waitFor(WAIT)
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await heading(page, 'Home')
  })

  test('shows what a run captured and what it was made of, and lets somebody say how a step counts', async () => {
    const { page } = main
    await page.goto(`${product.url}/dag-runs/flaky/${failed}`)
    // The command as it was written, though the API tells it in words.
    await page.getByText('echo "measured; all of it" && echo 42').waitFor(WAIT)
    await page.getByRole('link', { name: 'Outputs' }).click()
    await page.getByRole('region', { name: 'Outputs' }).getByText('measured; all of it').waitFor(WAIT)
    await page.getByRole('link', { name: 'Spec', exact: true }).click()
    await page.getByText('description: Does what it is told').waitFor(WAIT)
    await page.goBack()
    await page.goBack()
    await button(page, 'More about load').click()
    await told(page, 'load counts as succeeded now', () => button(page, 'Count it as succeeded').click())
    const status = async () =>
      (await getRun(product.client, 'flaky', failed)).nodes.find(({ step }) => step.name === 'load')
    await until('the status', async () => (await status())?.statusLabel === 'succeeded')
    await button(page, 'Undo').click()
    await until('what it was', async () => (await status())?.statusLabel === 'failed')
  })

  test('gives every line of a log an address, also one far before its end', async () => {
    const { page } = main
    await page.goto(`${product.url}/dag-runs/flaky/${failed}?step=load`)
    await button(page, '900').click()
    await page.waitForURL(/line=900/, WAIT)
    await page.goto(`${product.url}/dag-runs/flaky/${failed}?line=7&step=load`)
    await page.locator('.log-target', { hasText: 'line 7' }).waitFor(WAIT)
    expect(await page.locator('.log-target').count()).toBe(1)
  })

  test('offers nobody what would be refused to them, and says which role it takes', async () => {
    const { key } = await product.client.post<{ key: string }>('/api-keys', { name: 'reader', role: 'viewer' })
    const { context, page } = await openPage(browser, product.url, {})
    const refused: string[] = []
    page.on('response', answer => {
      if (answer.status() === 403) refused.push(`${answer.request().method()} ${answer.url()}`)
    })
    await page.goto(`${product.url}/#token=${key}`)
    await heading(page, 'Home')
    const pages = ['/dags', '/dag-runs', '/queues', '/docs', '/alerts', '/settings', '/runners', '/settings/secrets']
    const tabs = ['/spec', '/history', '/schedule', '/webhook', '/settings'].map(tab => `/dags/flaky${tab}`)
    for (const address of [...pages, ...tabs, '/dag-runs/flaky/latest']) {
      await page.goto(product.url + address)
      await page.locator('h1').first().waitFor(WAIT)
      await until(`${address} to be loaded`, async () => (await page.locator('.skeleton').count()) === 0)
    }
    expect(refused).toEqual([])
    await page.goto(`${product.url}/dag-runs/gate/${waiting}`)
    await page.getByText('This takes the role operator or above; you are signed in as viewer.').waitFor(WAIT)
    expect(await button(page, 'Approve').count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Runners' }).count()).toBe(0)
    await page.goto(`${product.url}/dag-runs/flaky/latest`)
    const retry = page.getByRole('button', { name: /^Retry/ }).first()
    await retry.waitFor(WAIT)
    expect(await retry.getAttribute('aria-disabled')).toBe('true')
    await context.close()
  })

  test('makes an API key that is shown once and signs in as what it may, and renames a DAG', async () => {
    const { page } = main
    await page.goto(`${product.url}/settings/api-keys`)
    await button(page, 'New API key').click()
    await page.getByLabel('Name').fill('watcher')
    await page.getByRole('radio', { name: /viewer/ }).check()
    await button(page, 'Create').click()
    const key = (await page.getByText(/^edgedag_[0-9a-f]+$/).textContent({ timeout: WAIT.timeout })) ?? ''
    const ask = (path: string, method = 'GET') =>
      fetch(`${product.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${key}` } })
    expect((await ask('/dags')).status).toBe(200)
    expect((await ask('/dags/flaky/suspend', 'POST')).status).toBe(403)
    await button(page, 'I have kept it').click()
    await page.reload()
    await page.getByRole('heading', { name: 'watcher' }).waitFor(WAIT)
    expect(await page.getByText(key).count()).toBe(0)

    await page.goto(`${product.url}/dags/gate/settings`)
    await button(page, 'Rename…').click()
    await page.getByLabel('File name').fill('gate.v2')
    await button(page, 'Rename').click()
    await page.waitForURL(/\/dags\/gate\.v2\/settings$/, WAIT)
    // An address with a dot is a page too, while a file that is gone is not.
    await page.reload()
    await page.getByText('gate.v2.yaml').waitFor(WAIT)
    expect((await fetch(`${product.url}/assets/gone.js`)).status).toBe(404)
  })

  test('deletes a run after saying what goes with it', async () => {
    const { page } = main
    await page.goto(`${product.url}/dag-runs/flaky/${failed}`)
    await button(page, 'More').click()
    await button(page, 'Delete this run…').click()
    await page.getByText('logs, outputs and artifacts are removed').waitFor(WAIT)
    await button(page, 'Delete the run').click()
    await heading(page, 'Runs')
    await until('its end', async () =>
      getRun(product.client, 'flaky', failed).then(
        () => false,
        () => true,
      ),
    )
    expect(main.complaints).toEqual([])
  })
})
