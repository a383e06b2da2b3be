// kill -9 of the control plane around due times: every due time fires once. Nightly 100 kills, one a minute; else one.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { kill } from '../fixtures/processes.ts'
import { isGone, type Product, writeDag } from '../fixtures/product.ts'
import { pause, until } from '../fixtures/wait.ts'

const KILLS = Number(process.env.EDGEDAG_DUE_KILLS ?? (process.env.EDGEDAG_NIGHTLY === undefined ? 1 : 100))
const DAGS = Array.from({ length: 5 }, (_, i) => `minutely-${i}`)
const MINUTE = 60_000

/** When the kill falls, after the due time: a little before it, while it is served, and a little behind. */
const offsetOf = (i: number): number => (((i + 1) * 0x9e37_79b1) % 1_300) - 300

interface Line {
  dagRunId: string
  scheduleTime?: string
  statusLabel: string
}

let product: Product
beforeEach(async () => {
  const dir = newDir()
  for (const name of DAGS) writeDag(dir, name, 'schedule: "* * * * *"\nsteps:\n  - name: a\n    command: echo fired\n')
  product = await serve({ dir })
})
afterEach(() => product.end())

const runsOf = async (name: string): Promise<Line[]> =>
  (await product.client.get<{ dagRuns: Line[] }>(`/dag-runs/${name}?limit=500`)).dagRuns

/** All runs of all DAGs have ended. */
const isQuiet = async (): Promise<boolean> => {
  const lines = (await Promise.all(DAGS.map(runsOf))).flat()
  return lines.every(({ statusLabel }) => !['running', 'queued', 'not_started'].includes(statusLabel))
}

test(
  `every due time fires once, although the control plane is killed around it (${KILLS} times)`,
  async () => {
    const first = Math.ceil(Date.now() / MINUTE) * MINUTE
    for (let i = 0; i < KILLS; i++) {
      await pause(first + i * MINUTE + offsetOf(i) - Date.now())
      const pid = product.workerdPid()
      kill(pid, 'SIGKILL')
      await until('its death', () => isGone(pid))
      await until('its successor', async () => await isQuiet().catch(() => false), 50_000, 500)
    }
    const last = first + (KILLS - 1) * MINUTE
    const due = Array.from({ length: KILLS }, (_, i) => first + i * MINUTE)
    for (const name of DAGS) {
      const fired = await until(`the last run of ${name}`, async () => {
        const times = (await runsOf(name)).map(line => Date.parse(line.scheduleTime ?? '')).sort((a, b) => a - b)
        // A minute that began before the first kill was planned is none of these.
        return times.includes(last) ? times.filter(at => at >= first && at <= last) : undefined
      })
      expect([name, fired.map(at => new Date(at).toISOString())]).toEqual([
        name,
        due.map(at => new Date(at).toISOString()),
      ])
      expect((await runsOf(name)).filter(line => line.statusLabel === 'failed')).toEqual([])
    }
  },
  (KILLS + 2) * MINUTE,
)
