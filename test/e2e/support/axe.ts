// What axe finds wrong on a page: names, roles, contrast, order. https://github.com/dequelabs/axe-core
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The code editor lives in a shadow root, where axe does not see that what scrolls holds the field with the focus. */
const ELSEWHERE = ['.editor-host']

/** Each violation with its first element, in words; empty: none. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so the page's own policy for scripts stays as it is.
  await page.evaluate(SOURCE)
  const found = await page.evaluate(
    `axe.run({ exclude: ${JSON.stringify(ELSEWHERE)} }, { runOnly: ${JSON.stringify(TAGS)} })
      .then(({ violations }) => violations.map(({ id, help, nodes }) =>
        id + ': ' + help + ' (' + nodes.length + 'x): ' + nodes[0].html.slice(0, 200)))`,
  )
  return found as string[]
}
