// Many things at once on the real product, and what happens to its processes meanwhile, all from a seed.
import { join } from 'node:path'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { kill, statOf } from '../fixtures/processes.ts'
import { exitOf, isGone, type Product, removeAll, writeDag } from '../fixtures/product.ts'
import { pause, until } from '../fixtures/wait.ts'
import { Random } from '../simulator/sim/random.ts'
import type { Act, Stage } from './acts/act.ts'

export type Blow = 'agent' | 'control plane' | 'host' | 'all' | 'agent stands' | 'control plane stands'

/** How long a stopped process stands still: longer than it takes to be missed. */
const STANDS_MS = 4_000

export interface StormOptions {
  seed: number
  acts: Act[]
  blows: readonly Blow[]
  /** At most between two blows. */
  everyMs: number
}

class Weather {
  product: Product
  readonly #dir: string

  constructor(product: Product, dir: string) {
    this.product = product
    this.#dir = dir
  }

  async strike(blow: Blow): Promise<void> {
    const { product } = this
    switch (blow) {
      case 'agent':
        return this.#killed([product.agentPid()])
      case 'control plane':
        return this.#killed([product.workerdPid()])
      case 'host':
        return this.#restarted([product.host.pid ?? 0])
      case 'all':
        return this.#restarted(product.pids())
      case 'agent stands':
        return stand(product.agentPid())
      case 'control plane stands':
        return stand(product.workerdPid())
    }
  }

  async #killed(pids: number[]): Promise<void> {
    for (const pid of pids.filter(Boolean)) kill(pid, 'SIGKILL')
    await until('its death', () => pids.every(isGone))
  }

  async #restarted(pids: number[]): Promise<void> {
    const { product } = this
    for (const pid of pids.filter(Boolean)) kill(pid, 'SIGKILL')
    await exitOf(product.host)
    this.product = await serve({ dir: this.#dir })
  }
}

async function stand(pid: number): Promise<void> {
  if (!statOf(pid)) return
  kill(pid, 'SIGSTOP')
  await pause(STANDS_MS)
  kill(pid, 'SIGCONT')
}

/** Plays all acts through the storm and judges them after it. */
export async function storm({ seed, acts, blows, everyMs }: StormOptions): Promise<void> {
  const dir = newDir()
  const random = new Random(seed)
  for (const act of acts) await act.open?.()
  for (const { dags } of acts) {
    for (const [name, text] of Object.entries(dags)) writeDag(dir, name, text.replaceAll('DIR', dir))
  }
  const weather = new Weather(await serve({ dir }), dir)
  let over = false
  // Each act draws from a row of its own: what one of them waits for does not change what another does.
  const stages: Stage[] = acts.map((_, i) => ({
    dir,
    client: () => weather.product.client,
    random: new Random(`${seed}/${i}`),
    isOver: () => over,
  }))
  try {
    await Promise.all(acts.map((act, i) => act.prepare?.(stages[i]!)))
    const playing = Promise.all(acts.map((act, i) => act.play(stages[i]!)))
    playing.catch(() => {})
    for (const blow of blows) {
      await pause(random.next() * everyMs)
      await weather.strike(blow)
    }
    over = true
    await playing
    await Promise.all(acts.map((act, i) => act.judge(stages[i]!)))
  } finally {
    for (const act of acts) await act.close?.()
    await weather.product.stop()
    if (process.env.EDGEDAG_KEEP === undefined) removeAll(dir)
    else process.stdout.write(`kept: ${join(dir, 'state')}\n`)
  }
}
