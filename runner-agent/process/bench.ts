// Run by hand: `node runner-agent/process/bench.ts`. Cost of a step through spawner and lane as a ratio to Node's own bare
// spawn of /bin/true, measured in the same run from a process of the same size.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProcessHost } from './process-host.ts'

const base = mkdtempSync(join(tmpdir(), 'edgedag-bench-'))
const path = process.env.PATH ?? '/usr/bin:/bin'
let folders = 0

const bareSpawn = (): Promise<void> =>
  new Promise(resolve => void spawn('/bin/true', [], { stdio: 'ignore' }).on('exit', () => resolve()))

/** Milliseconds for `count` calls. */
async function timed(count: number, once: () => Promise<unknown>, concurrency = 1): Promise<number> {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once()
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  return performance.now() - begin
}

function stepper(host: ProcessHost, argv: string[], growing: boolean) {
  const env: Record<string, string> = { PATH: path, HOME: '/root', LANG: 'C.UTF-8' }
  let index = 0
  return async (): Promise<void> => {
    if (growing) env[`OUTPUT_${index}`] = `value ${index++}`
    const dir = join(base, String(folders++))
    const files = { stdoutPath: `${dir}.out`, stderrPath: `${dir}.err` }
    const exit = await host.startStep({ key: dir, dir, argv, env, cwd: '/', affinity: 'a', ...files }).exited
    if (exit.exitCode !== 0) throw new Error(JSON.stringify(exit))
  }
}

async function main(): Promise<void> {
  const host = new ProcessHost()
  const shTrue = ['sh', '-c', 'true']
  await timed(30, bareSpawn)
  await timed(30, stepper(host, shTrue, false))
  // Blocks of steps and of bare spawns take turns, so that a noisy machine is noisy for both.
  const report = async (name: string, count: number, once: () => Promise<unknown>, concurrency = 1) => {
    const block = 40
    let [steps, bare] = [0, 0]
    for (let done = 0; done < count; done += block) {
      bare += await timed(block, bareSpawn, concurrency)
      steps += await timed(block, once, concurrency)
    }
    const [cost, floor] = [steps / count, bare / count]
    const ratio = (cost / floor).toFixed(2)
    console.log(`${name.padEnd(44)} ${cost.toFixed(2)} ms   bare spawn ${floor.toFixed(2)} ms   ratio ${ratio}`)
  }
  for (const count of [40, 200, 1000]) {
    await report(`${count} steps, sh -c true`, count, stepper(host, shTrue, false))
    await report(`${count} steps, one more variable each`, count, stepper(host, shTrue, true))
  }
  await report('200 steps, /bin/true', 200, stepper(host, ['/bin/true'], false))
  await report('400 steps, sh -c true, 8 at once', 400, stepper(host, shTrue, false), 8)
  const wrapper = new ProcessHost({ shell: 'sh' })
  await timed(5, stepper(wrapper, shTrue, false))
  await report('200 steps, sh -c true, sh wrapper', 200, stepper(wrapper, shTrue, false))
  await Promise.all([host.close(), wrapper.close()])
  rmSync(base, { recursive: true })
}

await main()
