// Is the simulator any good? Each planted bug has to be found, soon, by a run of it that knows nothing of the bug.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { PLANTS } from './plants.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const LIMIT_SEC = 10

interface Found {
  line: string | undefined
  seconds: number
}

async function search(name: string): Promise<Found> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    MAIN,
    '--plant',
    name,
    '--runs',
    '20000',
    '--seed',
    '7',
    '--faults',
    '2',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 }).catch(
    (failed: { stdout: string }) => failed,
  )
  const seconds = Number(/([\d.]+) s of CPU/.exec(stdout)?.[1] ?? Number.POSITIVE_INFINITY)
  return { line: stdout.split('\n').find(line => line.startsWith('FAILED')), seconds }
}

it.each(PLANTS)('finds the planted bug $name: $what', { timeout: 120_000 }, async planted => {
  const { line, seconds } = await search(planted.name)
  expect(line).toContain('node scripts/boot.mjs test/simulator/main.ts')
  // In seconds of CPU: other work on the machine does not count.
  expect(seconds).toBeLessThan(LIMIT_SEC)
})
