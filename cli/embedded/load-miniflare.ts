// Miniflare, by the shorter of its two texts. Its own is 5.8 MB, which V8 keeps twice and in two bytes a character; the build makes one
// of the same code without comments and in ASCII (scripts/compact.ts).
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

type Miniflare = typeof import('miniflare')
type CompactModule = (require: NodeJS.Require, filename: string, dirname: string) => Miniflare

/** Loads the installed Miniflare; the compact text counts only where it was made of the very same version. */
export function loadMiniflare(root: string): Miniflare {
  const require = createRequire(import.meta.url)
  const main = require.resolve('miniflare')
  const { version } = require('miniflare/package.json') as { version: string }
  const compact = join(root, `dist/cli/miniflare-${version}.cjs`)
  if (!existsSync(compact)) return require(main) as Miniflare
  return (require(compact) as CompactModule)(createRequire(main), main, dirname(main))
}
