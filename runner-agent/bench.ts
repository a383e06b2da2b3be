// By hand: `node runner-agent/bench.ts [N ...]`. A chain of N `true` steps through a real agent and a control plane in this
// process, as a ratio to Node's bare spawn measured in the same run. With `output:` on every step, too.
import { spawn } from 'node:child_process'
import { dagOf, openFixture } from './testing/fixture.ts'

const bareSpawn = async (count: number): Promise<number> => {
  const begin = performance.now()
  for (let i = 0; i < count; i++)
    await new Promise<void>(resolve => spawn('/bin/true', { stdio: 'ignore' }).on('exit', () => resolve()))
  return (performance.now() - begin) / count
}

const chain = (count: number, output: boolean): string =>
  `type: chain\nsteps:\n${Array.from({ length: count }, (_, i) =>
    output
      ? `  - { name: s${i}, command: "echo v${i}", output: OUT_${i} }\n`
      : `  - { name: s${i}, command: "true" }\n`,
  ).join('')}`

const fixture = await openFixture({ capacity: 100 })
const run = async (count: number, output: boolean): Promise<number> => {
  const dag = dagOf(chain(count, output))
  const begin = performance.now()
  const started = fixture.control.startRun(dag)
  const end = await fixture.control.planEnded(started, 120_000)
  if (end.reason !== 'completed') throw new Error(JSON.stringify(end))
  return (performance.now() - begin) / count
}
await run(5, false)
const sizes = process.argv.slice(2).map(Number)
for (const count of sizes.length > 0 ? sizes : [40, 200, 1000]) {
  const floor = await bareSpawn(60)
  const plain = await run(count, false)
  const reports = fixture.control.reports.length
  const withOutput = await run(count, true)
  const floorAfter = await bareSpawn(60)
  const mean = (floor + floorAfter) / 2
  console.log(
    `${count} steps: ${plain.toFixed(2)} ms a step (${(plain / mean).toFixed(2)} x bare spawn of ${mean.toFixed(2)} ms), ` +
      `with output ${withOutput.toFixed(2)} ms (${(withOutput / mean).toFixed(2)} x), reports ${fixture.control.reports.length - reports}`,
  )
}
await fixture.close()
