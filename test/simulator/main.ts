// The simulator's command: plays seeded worlds and a crash at every point of a fixed one, and says how to repeat what failed.
//
//   node scripts/boot.mjs test/simulator/main.ts [--runs N] [--seed S] [--run I [--trace|--trace-all]] [--faults F] [--plant BUG]
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'

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
    systematic: { type: 'boolean', default: false },
    /** Plants a bug (see plants.ts) and ends at the first failure. */
    plant: { type: 'string' },
  },
})

if (values.plant !== undefined) (await import('./plants.ts')).plant(values.plant)
const { Session } = await import('./session.ts')
const session = new Session({
  seed: Number(values.seed),
  runs: Number(values.runs),
  faults: Number(values.faults),
  run: values.run === undefined ? null : Number(values.run),
  point: values.point === undefined ? null : Number(values.point),
  trace: values['trace-all'] ? 'all' : values.trace ? 'run' : 'none',
  stopsAtFailure: values.plant !== undefined,
  commit: commit(),
  print: line => console.log(line),
})
process.exitCode = (await session.run(values.systematic ? ['systematic'] : ['seeded', 'systematic'])) ? 0 : 1

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
