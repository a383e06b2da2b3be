// Keeps the promise that the first visit loads at most 180 KB of gzipped script and 20 KB of styles, and no lazy chunk over 170 KB.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const KB = 1024
const BUDGET = { initialScript: 180 * KB, styles: 20 * KB, lazyChunk: 170 * KB }

interface Chunk {
  file: string
  isEntry?: boolean
  imports?: string[]
  css?: string[]
}

const outDir = join(import.meta.dirname, '../../dist/ui')
const manifest = JSON.parse(readFileSync(join(outDir, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
const gzipped = (file: string): number => gzipSync(readFileSync(join(outDir, file)), { level: 9 }).length
const kb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`

/** Follows static imports from the entry: what a browser must load before anything is shown. */
function initialFiles(): { scripts: Set<string>; styles: Set<string> } {
  const scripts = new Set<string>()
  const styles = new Set<string>()
  const visit = (key: string): void => {
    const chunk = manifest[key]
    if (!chunk || scripts.has(chunk.file)) return
    scripts.add(chunk.file)
    for (const file of chunk.css ?? []) styles.add(file)
    for (const next of chunk.imports ?? []) visit(next)
  }
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key)
  return { scripts, styles }
}

function main(): void {
  const { scripts, styles } = initialFiles()
  const lazy = new Set(
    Object.values(manifest)
      .map(chunk => chunk.file)
      .filter(file => file.endsWith('.js') && !scripts.has(file)),
  )
  const failures: string[] = []
  const check = (label: string, bytes: number, budget: number): void => {
    console.log(`${label}: ${kb(bytes)} gzipped (budget ${kb(budget)})`)
    if (bytes > budget) failures.push(label)
  }
  const sum = (files: Set<string>): number => [...files].reduce((total, file) => total + gzipped(file), 0)
  check('initial script', sum(scripts), BUDGET.initialScript)
  check('styles', sum(styles), BUDGET.styles)
  for (const file of lazy) check(`lazy ${file}`, gzipped(file), BUDGET.lazyChunk)
  if (failures.length > 0) {
    console.error(`Over budget: ${failures.join(', ')}. Load it lazily or leave it out.`)
    process.exit(1)
  }
}

main()
