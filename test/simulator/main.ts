// The simulator's command: plays seeded worlds and a crash at every point of a fixed one, and says how to repeat what failed.
//
//   node scripts/boot.mjs test/simulator/main.ts [--runs N] [--seed S] [--run I [--trace|--trace-all]] [--faults F] [--theme T] [--plant BUG]
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { playJob } from './parallel.ts'
import { THEMES, type ThemeName } from './schedule/themes.ts'
import type { Figures } from './session.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    /** Only the world of this run. */
    run: { type: 'string' },
    /** Systematic mode: only the crash at this point. */
    point: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'trace-all': { type: 'boolean', default: false },
    /** Faults a run. */
    faults: { type: 'string', default: '1' },
    /** Worlds of one theme only (see schedule/themes.ts). */
    theme: { type: 'string' },
    systematic: { type: 'boolean', default: false },
    /** Plants a bug (see plants.ts) and ends at the first failure. */
    plant: { type: 'string' },
  },
})

if (values.theme !== undefined && !Object.hasOwn(THEMES, values.theme))
  throw new Error(`there is no theme ${values.theme}; there are ${Object.keys(THEMES).join(', ')}`)
const print = (line: string): void => console.log(line)
const cpu = process.cpuUsage()
const figures = await playJob(
  {
    options: {
      seed: Number(values.seed),
      runs: Number(values.runs),
      faults: Number(values.faults),
      theme: (values.theme as ThemeName | undefined) ?? null,
      run: values.run === undefined ? null : Number(values.run),
      point: values.point === undefined ? null : Number(values.point),
      trace: values['trace-all'] ? 'all' : values.trace ? 'run' : 'none',
      stopsAtFailure: values.plant !== undefined,
      commit: commit(),
    },
    kinds: values.systematic ? ['systematic'] : ['seeded', 'systematic'],
    plant: values.plant ?? null,
  },
  print,
)
summarise(figures)
process.exitCode = figures.failed === 0 ? 0 : 1

function summarise({ passed, failed, seconds, virtualMs, points, faults, sums }: Figures): void {
  const used = process.cpuUsage(cpu)
  const cpuSeconds = (used.user + used.system) / 1e6
  const byKind = Object.entries(faults).sort((a, b) => b[1] - a[1])
  const total = byKind.reduce((sum, [, count]) => sum + count, 0)
  if (points > 0) print(`systematic: a crash at each of ${points} points of one schedule`)
  print(`faults injected: ${total} (${byKind.map(([kind, count]) => `${kind} ${count}`).join(', ')})`)
  print(
    Object.entries(sums)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  )
  const runs = passed + failed
  const rate = (runs / Math.max(seconds, 0.001)).toFixed(0)
  print(
    `${runs} runs in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU: ${rate} runs/s, ${(virtualMs / 3_600_000).toFixed(0)} virtual hours`,
  )
  print(`${passed} passed, ${failed} failed, 0 skipped`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
