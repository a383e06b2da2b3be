// A real Chromium for the tests of the pages. Promise: it talks to the product under test alone, and what goes wrong inside a
// page (errors, refused resources) is found by the test.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { cleanEnv, ROOT } from '../../fixtures/product.ts'
import { findChromium } from './chromium.ts'
import { homeIn } from './serve.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const LAPTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

export async function launch(dir: string): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('no Chromium is found; install one or name it in CHROMIUM_PATH')
  return chromium.launch({ executablePath, headless: true, args: FLAGS, env: { ...cleanEnv(), ...homeIn(dir) } })
}

export interface Watched {
  context: BrowserContext
  page: Page
  /** Errors of the console, uncaught ones, failed answers, and requests to other hosts, in words. */
  complaints: string[]
}

/** A page of its own session. `isExpected` lets through what a test provokes. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  isExpected: (complaint: string) => boolean = () => false,
): Promise<Watched> {
  const context = await browser.newContext({ viewport: LAPTOP, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const complain = (text: string) => {
    if (!isExpected(text)) complaints.push(text)
  }
  page.on('console', message => message.type() === 'error' && complain(`console: ${message.text()}`))
  page.on('pageerror', error => complain(`uncaught: ${error.message}`))
  page.on('request', request => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) complain(`elsewhere: ${request.url()}`)
  })
  return { context, page, complaints }
}

const SHOTS = join(ROOT, 'dist/reports/pages')

/** A picture for people, in dist/reports/pages. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}

/** True when all of the element is on the screen without scrolling. */
export async function isInSight(page: Page, selector: ReturnType<Page['locator']>): Promise<boolean> {
  const box = await selector.boundingBox({ timeout: 1_000 }).catch(() => null)
  const view = page.viewportSize()
  if (!box || !view) return false
  return box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height
}
