// The simulator's command.
import { parseArgs } from 'node:util'
import { planWorld, RUNS_PER_WORLD } from './schedule/world-plan.ts'
import { playWorld } from './world.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    run: { type: 'string' },
    trace: { type: 'boolean', default: false },
    faults: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
const cpu = process.cpuUsage()
const begin = performance.now()
const worlds = Math.ceil(Number(values.runs) / RUNS_PER_WORLD)
const only = values.run === undefined ? null : Math.floor(Number(values.run) / RUNS_PER_WORLD)
let failed = 0
const counts = new Map<string, number>()
const sums = { points: 0, events: 0, rows: 0, commits: 0, calls: 0, attempts: 0, lostAttempts: 0 }
for (let i = only ?? 0; i < (only === null ? worlds : only + 1); i++) {
  const played = await playWorld(planWorld(seed, i, { faults: Number(values.faults) }), values.trace ? { trace: line => console.log(line) } : {})
  for (const [kind, count] of played.faults) counts.set(kind, (counts.get(kind) ?? 0) + count)
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += played[key]
  if (played.violations.length > 0) {
    failed++
    console.log(`world ${i}: ${played.violations.length} violations; node scripts/boot.mjs test/simulator/main.ts --seed ${seed} --run ${i * RUNS_PER_WORLD} --trace`)
    for (const { runId, text } of played.violations.slice(0, 4)) console.log(`   ${runId}: ${text.slice(0, 600)}`)
  }
}
const seconds = (performance.now() - begin) / 1000
const used = process.cpuUsage(cpu)
console.log(Object.fromEntries(counts), sums)
console.log(`${worlds} worlds, ${failed} failed, ${seconds.toFixed(1)} s, cpu ${((used.user + used.system) / 1e6).toFixed(1)} s, ${((worlds * RUNS_PER_WORLD) / seconds).toFixed(0)} runs/s`)
