// The dashboard in a real browser against the real product: the main tasks of the journey, one test each, in order.
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  editsSpec,
  filtersRuns,
  listsDags,
  retries,
  signsIn,
  signsOut,
  startsAndFails,
  stops,
} from '../../ui/e2e/journey.ts'
import type { Product } from '../fixtures/product.ts'
import { serve } from './support/serve.ts'

const CHROMIUM = '/usr/bin/chromium'
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const TASKS: [string, (page: Page, product: Product) => Promise<void>][] = [
  ['the printed link signs in once, and the key leaves the address', signsIn],
  ['a new file appears in the open list', listsDags],
  [
    'a run is started with parameters, followed live, and its failure is told with the last lines of its step',
    startsAndFails,
  ],
  ['a retry keeps what succeeded', retries],
  ['stop asks, then ends the run', stops],
  ['the spec is edited, checked and saved; a change from outside is not overwritten', editsSpec],
  ['runs are filtered, and the filter is in the address', filtersRuns],
  ['after signing out nothing is shown', signsOut],
]
const hasBrowser = existsSync(CHROMIUM)
if (!hasBrowser) process.stdout.write(`skipped: pages: no ${CHROMIUM} on this machine (${TASKS.length + 2} tests)\n`)

describe.skipIf(!hasBrowser)('the dashboard', () => {
  let product: Product
  let browser: Browser
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    product = await serve()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.on('pageerror', error => faults.push(error.message))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.end()
  })

  test.each(TASKS)('%s', (_, task) => task(page, product))

  test('on a phone nothing is wider than the screen, and the failing step is on the first screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await signsIn(page, product)
    await page.goto(`${product.url}/dag-runs?status=2`)
    await page.getByRole('link', { name: 'journey', exact: true }).first().click()
    const words = page.getByText('boom: no such table').first()
    await words.waitFor()
    const box = await words.boundingBox()
    expect(box && box.y + box.height <= 844).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  })

  test('no page has thrown an error', () => expect(faults).toEqual([]))
})
