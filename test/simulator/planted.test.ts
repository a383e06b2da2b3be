// Is the simulator any good? Each planted bug has to be found, soon, by worlds that come in every run of it; which ones is all that a
// search knows of the bug.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { PLANTS, type Plant } from './plants.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const LIMIT_SEC = 20
const SEEDS = ['7', '21', '33']

interface Found {
  line: string
  seconds: number
}

/** Searches side by side, of other worlds each: the first that finds it ends the other. */
async function search({ name, theme }: Plant): Promise<Found> {
  const over = new AbortController()
  const found = await Promise.any(SEEDS.map(seed => searchIn(name, theme, seed, over.signal)))
  over.abort()
  return found
}

async function searchIn(name: string, theme: Plant['theme'], seed: string, signal: AbortSignal): Promise<Found> {
  const options = [
    '--plant',
    name,
    '--runs',
    '20000',
    '--seed',
    seed,
    '--faults',
    '2',
    ...(theme === undefined ? [] : ['--theme', theme]),
  ]
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...options]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26, signal }).catch(
    (failed: { stdout: string }) => failed,
  )
  const seconds = Number(/([\d.]+) s of CPU/.exec(stdout)?.[1] ?? Number.POSITIVE_INFINITY)
  const line = stdout.split('\n').find(text => text.startsWith('FAILED'))
  if (line === undefined) throw new Error(`seed ${seed} does not find it`)
  return { line, seconds }
}

it.each(PLANTS)('finds the planted bug $name: $what', { timeout: 120_000 }, async planted => {
  const { line, seconds } = await search(planted)
  expect(line).toContain('node scripts/boot.mjs test/simulator/main.ts')
  // In seconds of CPU: other work on the machine does not count.
  expect(seconds).toBeLessThan(LIMIT_SEC)
})
