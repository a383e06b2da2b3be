// The main tasks of the dashboard, done by a browser against a running product. Whoever has a product and a page runs it:
// it throws at the first thing that is not as promised.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

export interface Product {
  /** Origin without a slash at its end. */
  url: string
  token: string
  /** The folder of DAG files that the product serves; the journey writes one file there. */
  dagsDir: string
}

const DAG = 'journey'
const SPEC = `description: Made by the journey
labels: [team=journey]
type: graph
params:
  - name: WHO
    default: world
    description: Whom to greet
  - name: COUNT
    type: integer
    default: 20
steps:
  - name: greet
    command: 'for i in $(seq 1 $COUNT); do echo "line $i for $WHO"; sleep 0.1; done'
  - name: load
    command: 'echo "starting"; echo "boom: no such table" >&2; exit 3'
    depends: [greet]
`
const WAIT_MS = 15_000

function expect(truth: boolean, promise: string): asserts truth {
  if (!truth) throw new Error(`not as promised: ${promise}`)
}

/** Does something after which a word is said for a moment: it is waited for from before on, so that it cannot be missed. */
export async function told(page: Page, word: string | RegExp, act: () => Promise<unknown>): Promise<void> {
  const seen = page.getByText(word).first().waitFor({ timeout: WAIT_MS })
  // What goes wrong with the act itself is what is reported then.
  seen.catch(() => {})
  await act()
  await seen
}

/** Shows the log of a step, and stays with it whatever the run does. */
export const opensLog = (page: Page, step: string): Promise<void> =>
  page.locator(`.graph-node[data-step="${step}"]`).click({ timeout: WAIT_MS })

/** The sign-in link signs in, and the token leaves the address. */
export async function signsIn(page: Page, { url, token }: Product): Promise<void> {
  await page.goto(`${url}/#token=${token}`)
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor({ timeout: WAIT_MS })
  expect(!page.url().includes(token), 'the token is taken out of the address')
}

/** A file that appears in the folder appears in the open list. */
export async function listsDags(page: Page, { url, dagsDir }: Product): Promise<void> {
  await page.goto(`${url}/dags`)
  await writeFile(join(dagsDir, `${DAG}.yaml`), SPEC)
  await page.getByRole('link', { name: DAG, exact: true }).waitFor({ timeout: WAIT_MS })
}

/** Started from the form, the run is followed live, and its failure is told with the last lines of its step. */
export async function startsAndFails(page: Page, { url }: Product): Promise<void> {
  await page.goto(`${url}/dags/${DAG}`)
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByLabel('WHO').fill('two "words"')
  await page.getByRole('button', { name: 'Start now' }).click()
  await page.waitForURL(/\/dag-runs\//, { timeout: WAIT_MS })
  await opensLog(page, 'greet')
  await page.getByText('line 20 for two "words"').waitFor({ timeout: WAIT_MS })
  await page.getByText(/Failed at load/).waitFor({ timeout: WAIT_MS })
  await opensLog(page, 'load')
  await page.getByText('boom: no such table').first().waitFor({ timeout: WAIT_MS })
  expect((await page.title()).startsWith('✕'), 'the title says that the run failed')
}

/** A retry keeps what succeeded and fails again at the same step. */
export async function retries(page: Page): Promise<void> {
  await told(page, 'Retry started', () =>
    page.getByRole('button', { name: 'Retry from load', exact: true }).first().click(),
  )
  await page.getByText(/Failed at load on attempt 2/).waitFor({ timeout: WAIT_MS })
}

/** Stop asks first, then ends the run. */
export async function stops(page: Page, { url }: Product): Promise<void> {
  await page.goto(`${url}/dags/${DAG}`)
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByLabel('COUNT').fill('600')
  await page.getByRole('button', { name: 'Start now' }).click()
  // Lines leave the screen as others come.
  await page
    .getByText(/^line \d+ for world/)
    .first()
    .waitFor({ timeout: WAIT_MS })
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByRole('button', { name: `Stop ${DAG}` }).click()
  await page.getByText(/^Stopped after/).waitFor({ timeout: WAIT_MS })
}

/** Ctrl+S writes the file; problems are shown with their line; a change from outside is not overwritten unseen. */
export async function editsSpec(page: Page, { url, dagsDir }: Product): Promise<void> {
  const file = join(dagsDir, `${DAG}.yaml`)
  await page.goto(`${url}/dags/${DAG}/spec`)
  const editor = page.locator('.cm-content')
  await editor.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('# from the page\n')
  await told(page, `${DAG} saved`, () => page.keyboard.press('Control+s'))
  expect((await readFile(file, 'utf8')).includes('# from the page'), 'a save reaches the file')
  await page.keyboard.type('comand: oops')
  await page
    .getByText(/unknown key/i)
    .first()
    .waitFor({ timeout: WAIT_MS })
  for (let i = 0; i < 'comand: oops'.length; i++) await page.keyboard.press('Backspace')
  await page.keyboard.type('# mine')
  await writeFile(file, SPEC.replace('Made by', 'Changed outside of'))
  await page.getByText('The stored spec changed while you were editing.').waitFor({ timeout: WAIT_MS })
  await page.keyboard.press('Control+s')
  await page.getByRole('heading', { name: 'The spec was changed elsewhere' }).waitFor({ timeout: WAIT_MS })
  await page.getByRole('button', { name: 'Discard my edit' }).click()
  await editor.getByText(/Changed outside of/).waitFor({ timeout: WAIT_MS })
}

/** Filters are in the address. */
export async function filtersRuns(page: Page, { url }: Product): Promise<void> {
  await page.goto(`${url}/dag-runs`)
  await page.getByRole('button', { name: 'failed', exact: true }).click()
  await page.waitForURL(/status=2/, { timeout: WAIT_MS })
  await page.getByRole('link', { name: DAG, exact: true }).first().waitFor({ timeout: WAIT_MS })
}

/** After signing out nothing is shown without a token. */
export async function signsOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Edgedag' }).waitFor({ timeout: WAIT_MS })
}

/** All tasks in order. */
export async function journey(page: Page, product: Product): Promise<void> {
  await signsIn(page, product)
  await listsDags(page, product)
  await startsAndFails(page, product)
  await retries(page)
  await stops(page, product)
  await editsSpec(page, product)
  await filtersRuns(page, product)
  await signsOut(page)
}
