// Looking for a planted bug: in the world that is known to show it, and else in worlds as they come in every run of the simulator.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Plant } from './plants.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const SEEDS = [7, 21, 33]
/** A search that takes longer, in seconds of CPU, says that the simulator is too weak for the bug. */
export const LIMIT_SEC = 20

/** A world: the seed, and a run in it. */
export interface Pin {
  seed: number
  run: number
}

export interface Found {
  pin: Pin
  /** The line that repeats it. */
  line: string
  /** CPU of the one search that found it; other work on the machine does not count. */
  seconds: number
}

/** Plays the one world; undefined: it does not show the bug, as the product or the worlds have changed since it was pinned. */
export const tryPin = (planted: Plant, { seed, run }: Pin): Promise<Found | undefined> =>
  play(planted, ['--seed', `${seed}`, '--run', `${run}`])

/** Searches side by side, of other worlds each: the first that finds it ends the others. Rejects where none does. */
export async function search(planted: Plant): Promise<Found> {
  const over = new AbortController()
  const searchIn = async (seed: number): Promise<Found> => {
    const found = await play(planted, ['--seed', `${seed}`, '--runs', '20000'], over.signal)
    if (found === undefined) throw new Error(`seed ${seed} does not find ${planted.name}`)
    return found
  }
  try {
    return await Promise.any(SEEDS.map(searchIn))
  } finally {
    over.abort()
  }
}

async function play({ name, theme }: Plant, worlds: string[], signal?: AbortSignal): Promise<Found | undefined> {
  const options = ['--plant', name, '--faults', '2', ...worlds, ...(theme === undefined ? [] : ['--theme', theme])]
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...options]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    maxBuffer: 1 << 26,
    ...(signal ? { signal } : {}),
  }).catch((failed: { stdout: string; stderr: string }) => failed)
  const seconds = Number(/([\d.]+) s of CPU/.exec(stdout)?.[1])
  if (!Number.isFinite(seconds) && signal?.aborted !== true) throw new Error(`the simulator did not run: ${stderr}`)
  const line = stdout.split('\n').find(text => text.startsWith('FAILED'))
  const [, seed, run] = /--seed (\d+) --run (\d+)/.exec(line ?? '') ?? []
  return line === undefined ? undefined : { line, seconds, pin: { seed: Number(seed), run: Number(run) } }
}
