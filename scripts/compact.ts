// Texts of programs as V8 keeps them best: without comments, and in ASCII, because one other character doubles the bytes of all. Names stay:
// stacks are read by people.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type TransformOptions, transform } from 'esbuild'

export const COMPACT = {
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  charset: 'ascii',
  lineLimit: 200,
} as const satisfies TransformOptions

/** What esbuild leaves as it is are characters of regular expressions. */
const ascii = (code: string): string =>
  code.replace(/[\u0080-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

async function compact(path: string): Promise<string> {
  const { code } = await transform(readFileSync(path, 'utf8'), { ...COMPACT, target: 'esnext' })
  return ascii(code)
}

/** In its place. Its source map would name other lines. */
export async function compactFile(path: string): Promise<void> {
  writeFileSync(path, await compact(path))
  rmSync(`${path}.map`, { force: true })
}

/** Miniflare as a function of what its module would be given, so that it finds its files where it is installed. */
export async function compactMiniflare(root: string, folder: string): Promise<void> {
  const require = createRequire(join(root, 'cli/package.json'))
  const { version } = require('miniflare/package.json') as { version: string }
  const head = 'module.exports=(require,__filename,__dirname)=>{const module={exports:{}},exports=module.exports;'
  const code = await compact(require.resolve('miniflare'))
  writeFileSync(join(folder, `miniflare-${version}.cjs`), `${head}\n${code}\nreturn module.exports}\n`)
}
