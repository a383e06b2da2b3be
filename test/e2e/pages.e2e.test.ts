// The dashboard in a real browser on the real product: what a person does and sees, not what is in the page's memory.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as journey from '../../ui/e2e/journey.ts'
import { type Product, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { isInSight, launch, openPage, PHONE, shoot, type Watched } from './support/browser.ts'
import { findChromium } from './support/chromium.ts'
import { serve } from './support/serve.ts'

const GRAPH = `description: Steps one after the other, slow enough to be watched
type: graph
params:
  - ROWS: "60"
  - GATE: /dev/null
steps:
  - name: prepare
    command: echo ready
  - name: work
    depends: prepare
    command: 'for i in $(seq 1 $ROWS); do echo "row $i of $ROWS"; sleep 0.05; test $i != 20 || until test -e "$GATE"; do sleep 0.05; done; done'
  - name: check
    depends: work
    command: echo checked
`
const MANY = `labels: [team=data, nightly]
type: graph
steps:
${Array.from({ length: 14 }, (_, i) => `  - name: part-${i + 1}\n    command: echo part ${i + 1}\n`).join('')}
  - name: load
    depends: [${Array.from({ length: 14 }, (_, i) => `part-${i + 1}`).join(', ')}]
    command: 'for i in $(seq 1 300); do echo "loading $i"; done; for i in $(seq 1 40); do echo "warning $i" >&2; done; echo "boom: no such table" >&2; exit 3'
  - name: report
    depends: load
    command: echo never
`
const QUIET = `description: Fails without a word on stderr
steps:
  - name: load
    command: 'for i in $(seq 1 400); do echo "stuck at $i"; done; exit 9'
`
const FAMILY = `description: Calls one DAG for each item
steps:
  - name: all
    call: member
    parallel: [quick, slow, bad]
---
name: member
steps:
  - name: work
    command: 'echo "I am $1"; test "$1" != slow || sleep 5; test "$1" != bad'
`
const WAIT = { timeout: 15_000 }

const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor(WAIT)
/** What a person sees of a step in the graph: its status and the colour of its sign. */
async function look(page: Page, step: string) {
  const node = page.locator(`.graph-node[data-step="${step}"]`)
  const status = /status-(\w+)/.exec((await node.getAttribute('class')) ?? '')?.[1]
  const sign = `document.querySelector('.graph-node[data-step="${step}"] > .icon')`
  return { status, colour: await page.evaluate(`getComputedStyle(${sign}).color`) }
}

const TESTS = 18
const hasBrowser = findChromium() !== undefined
// `npm test` reads this line; so many tests may be missing, and no more.
if (!hasBrowser)
  process.stdout.write(`skipped: pages: no Chromium here; install one, or name it in CHROMIUM_PATH (${TESTS} tests)\n`)

describe.skipIf(!hasBrowser)('the pages', () => {
  let product: Product
  let browser: Browser
  let main: Watched

  beforeAll(async () => {
    product = await serve()
    for (const [name, text] of Object.entries({ graph: GRAPH, many: MANY, quiet: QUIET, family: FAMILY }))
      writeDag(product.dir, name, text)
    browser = await launch(product.dir)
    main = await openPage(browser, product.url, {}, text =>
      // A refused save and a session that has ended are answers, which Chromium puts on the console too.
      /responded with a status of 4|\/live\?.* HTTP Authentication failed/.test(text),
    )
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.end()
  })

  describe('signing in', () => {
    test('the printed link signs in, and the token is in neither address nor history afterwards', async () => {
      const link = /Dashboard {2}(\S+)/.exec(
        await until('the link', () => product.output().includes('Dashboard') && product.output()),
      )?.[1]
      await main.page.goto(link ?? '')
      await main.page.getByRole('heading', { name: 'Home' }).waitFor(WAIT)
      expect(main.page.url()).toBe(`${product.url}/`)
      await main.page.reload()
      await main.page.getByRole('heading', { name: 'Home' }).waitFor(WAIT)
      await main.page.goto(`${product.url}/dag-runs`)
      await main.page.goBack()
      expect(main.page.url()).not.toContain(product.token)
      const [cookie, ...more] = await main.context.cookies()
      expect([cookie?.httpOnly, cookie?.sameSite, more.length]).toEqual([true, expect.stringMatching(/Strict|Lax/), 0])
      expect(cookie?.value).not.toContain(product.token)
      expect(await main.page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(product.token)
    })

    test('without it there is the sign-in page, which says what is wrong with a wrong token', async () => {
      const { context, page } = await openPage(browser, product.url)
      await page.goto(`${product.url}/dags/graph`)
      await page.getByRole('heading', { name: 'Sign in to Edgedag' }).waitFor(WAIT)
      await page.getByLabel('Token').fill('not-the-token-of-this')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await sees(page, 'This token is not known here')
      await page.getByLabel('Token').fill(product.token)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'graph', exact: true }).waitFor(WAIT)
      await context.close()
    })
  })

  test('a run shows the runs that it has called, and each of them is a live page below it', async () => {
    const { page } = main
    const runId = await startDag(product.client, 'family')
    await page.goto(`${product.url}/dag-runs/family/${runId}`)
    const list = page.getByRole('list', { name: 'Runs called by all' })
    await list.getByText('slow').waitFor(WAIT)
    await list.getByRole('listitem').filter({ hasText: 'slow' }).getByRole('link').click()
    await page.getByRole('heading', { name: 'member' }).waitFor(WAIT)
    await sees(page, 'I am slow')
    // Without being asked the page follows its run to the end.
    await page.locator('.run-head.status-succeeded').waitFor(WAIT)
    await page.getByRole('navigation', { name: 'Called by' }).getByRole('link', { name: 'family' }).click()
    await page.locator('.run-head.status-failed').waitFor(WAIT)
    await page
      .getByRole('group', { name: 'Called runs by status' })
      .getByRole('button', { name: /failed/ })
      .click()
    await list.getByText('exit status 1').waitFor(WAIT)
    expect(await list.getByRole('listitem').count()).toBe(1)
  })

  describe('a run', () => {
    test('is started from the form, its graph takes colours live, its log follows the end', async () => {
      const { page } = main
      await page.goto(`${product.url}/dags`)
      await page.getByRole('link', { name: 'graph', exact: true }).click()
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await page.getByLabel('ROWS').fill('90')
      // The step waits there for as long as it is looked at.
      const gate = join(product.dir, 'go-on')
      await page.getByLabel('GATE').fill(gate)
      await page.getByRole('button', { name: 'Start now' }).click()
      await page.waitForURL(/\/dag-runs\/graph\//, WAIT)
      await sees(page, 'row 20 of 90')
      const during = {
        prepare: await look(page, 'prepare'),
        work: await look(page, 'work'),
        check: await look(page, 'check'),
      }
      expect([during.prepare.status, during.work.status, during.check.status]).toEqual([
        'succeeded',
        'running',
        'not_started',
      ])
      expect(new Set(Object.values(during).map(l => l.colour)).size).toBe(3)
      expect(await page.title()).toMatch(/^◐ graph/)
      writeFileSync(gate, '')
      await until('the followed line in sight', () => isInSight(page, page.getByText('row 70 of 90')))
      await until('the last colours', async () => (await look(page, 'check')).status === 'succeeded')
      await until(
        'the colour itself',
        async () => (await look(page, 'check')).colour === (await look(page, 'prepare')).colour,
      )
      await until('the title', async () => (await page.title()).startsWith('✓ graph'))
      await page.locator('.graph-node[data-step="work"]').click()
      await page.getByText('row 90 of 90').waitFor(WAIT)
      await shoot(page, 'run-succeeded')
    })

    test.each([
      ['many', 'boom: no such table', 'loading 300'],
      ['quiet', 'exit code 9', 'stuck at 400'],
    ])(
      'of %s that failed shows the last lines of the failing step on the first screen',
      async (name, banner, lastLine) => {
        const { page } = main
        const runId = await startDag(product.client, name)
        await settled(product.client, name, runId)
        for (const [screen, address] of [
          ['run', `/dag-runs/${name}/${runId}`],
          ['dag', `/dags/${name}`],
        ]) {
          await page.goto(`${product.url}${address}`)
          const places = {
            banner: page.locator('.log-failure').getByText(banner),
            sentence: page.getByText(/^Failed at load/).first(),
            'last line': page.getByText(lastLine, { exact: true }),
          }
          for (const place of Object.values(places)) await place.waitFor(WAIT)
          expect(await page.evaluate('scrollY')).toBe(0)
          for (const [what, place] of Object.entries(places))
            await until(`the sight of ${what} on ${address}`, () => isInSight(page, place), 2_000)
          await shoot(page, `${screen}-failed-${name}`)
        }
      },
    )
  })

  describe('the main tasks', () => {
    const at = () => ({ url: product.url, token: product.token, dagsDir: product.dagsDir })
    test('a file that appears in the folder appears in the open list', () => journey.listsDags(main.page, at()))
    test('a failing run is followed live to its reason', () => journey.startsAndFails(main.page, at()))
    test('a retry goes on from the failed step', () => journey.retries(main.page))
    test('stop asks first, then ends the run', () => journey.stops(main.page, at()))
    test('the spec is saved with Ctrl+S, and a change outside is not overwritten unseen', () =>
      journey.editsSpec(main.page, at()))
    test('filters of the runs are in the address', () => journey.filtersRuns(main.page, at()))

    test('in a conflict both versions are shown, and mine can win', async () => {
      const { page } = main
      const file = join(product.dagsDir, 'both.yaml')
      writeFileSync(file, 'steps:\n  - name: a\n    command: echo first\n')
      await until('the DAG', async () => product.client.get('/dags/both'))
      await page.goto(`${product.url}/dags/both/spec`)
      const editor = page.locator('.cm-content')
      await editor.click()
      await page.keyboard.press('Control+End')
      await page.keyboard.type('# mine\n')
      writeFileSync(file, 'steps:\n  - name: a\n    command: echo outside\n')
      await page.keyboard.press('Control+s')
      await page.getByRole('heading', { name: 'The spec was changed elsewhere' }).waitFor(WAIT)
      await page.locator('.diff-removed', { hasText: 'echo outside' }).waitFor(WAIT)
      await page.locator('.diff-added', { hasText: '# mine' }).waitFor(WAIT)
      expect(readFileSync(file, 'utf8')).toContain('outside')
      await shoot(page, 'conflict')
      await journey.told(page, 'both saved', () => page.getByRole('button', { name: 'Overwrite with mine' }).click())
      expect(readFileSync(file, 'utf8')).toBe('steps:\n  - name: a\n    command: echo first\n# mine\n')
    })
  })

  describe('in every light and size', () => {
    const screens = () => ({
      list: '/dags',
      run: '/dag-runs/many/latest',
      dag: '/dags/many',
      spec: '/dags/graph/spec',
      runs: '/dag-runs',
    })
    test.each([
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['phone', { colorScheme: 'light', viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
    ] as const)('%s: nothing is cut off sideways, and nothing complains', async (name, options) => {
      const { context, page, complaints } = await openPage(browser, product.url, options)
      await page.goto(`${product.url}/#token=${product.token}`)
      await page.getByRole('heading', { name: 'Home' }).waitFor(WAIT)
      const runId = (await product.client.get<{ dagRunDetails: { dagRunId: string } }>('/dag-runs/many/latest'))
        .dagRunDetails.dagRunId
      const backgrounds = new Set<unknown>()
      for (const [screen, address] of Object.entries(screens())) {
        await page.goto(product.url + address.replace('latest', runId))
        await page.locator('main h1, main .editor').first().waitFor(WAIT)
        await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {})
        const [width, body] = (await page.evaluate(
          '[document.documentElement.scrollWidth - innerWidth, getComputedStyle(document.documentElement).backgroundColor]',
        )) as [number, string]
        expect(width, `${screen} is too wide`).toBeLessThanOrEqual(0)
        backgrounds.add(body)
        await shoot(page, `${screen}-${name}`)
      }
      if (name === 'phone') {
        await page.goto(`${product.url}/dag-runs/many/${runId}`)
        const sentence = page.getByText(/Failed at load/).first()
        await sentence.waitFor(WAIT)
        expect(await isInSight(page, sentence)).toBe(true)
      }
      expect(backgrounds.size).toBe(1)
      expect([...backgrounds][0]).toMatch(/^rgb\(/)
      const brightness = Number(/\d+/.exec(String([...backgrounds][0]))?.[0])
      expect(brightness > 128).toBe(name !== 'dark')
      expect(complaints).toEqual([])
      await context.close()
    })
  })

  test('after signing out nothing is shown without a token', async () => {
    await journey.signsOut(main.page)
    await main.page.goto(`${product.url}/dags/graph`)
    await main.page.getByRole('heading', { name: 'Sign in to Edgedag' }).waitFor(WAIT)
    expect(await main.page.getByText('Steps one after').count()).toBe(0)
  })

  test('nothing went wrong inside the pages meanwhile', () => expect(main.complaints).toEqual([]))
})
