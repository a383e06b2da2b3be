// One run of the simulator: worlds one after another, failures with the line that repeats them, figures at the end.
import { systematicWorld } from './schedule/systematic.ts'
import { planWorld, RUNS_PER_WORLD, type WorldPlan } from './schedule/world-plan.ts'
import { type Played, playWorld, type Violation } from './world.ts'

export interface SessionOptions {
  seed: number
  runs: number
  /** Faults a run. */
  faults: number
  /** Only the world of this run. */
  run: number | null
  /** Only the crash at this point of the systematic world. */
  point: number | null
  trace: 'none' | 'run' | 'all'
  stopsAtFailure: boolean
  commit: string
  print(line: string): void
}

const FIGURES = ['points', 'events', 'rows', 'commits', 'calls', 'attempts', 'lostAttempts'] as const
/** Every so many worlds are without faults. */
const CALM_EVERY = 8
const COMMAND = 'node scripts/boot.mjs test/simulator/main.ts'

export class Session {
  readonly #options: SessionOptions
  readonly #faults = new Map<string, number>()
  readonly #sums = Object.fromEntries(FIGURES.map(name => [name, 0])) as Record<(typeof FIGURES)[number], number>
  #passed = 0
  #failed = 0
  #virtualMs = 0

  constructor(options: SessionOptions) {
    this.#options = options
  }

  get failed(): number {
    return this.#failed
  }

  async run(parts: ('seeded' | 'systematic')[]): Promise<boolean> {
    const { print, run, point } = this.#options
    const cpu = process.cpuUsage()
    const begin = performance.now()
    if (parts.includes('seeded') && point === null) await this.#seeded()
    if (parts.includes('systematic') && run === null && !this.#isOver) await this.#systematic()
    const seconds = (performance.now() - begin) / 1000
    const used = process.cpuUsage(cpu)
    this.#summary(seconds, (used.user + used.system) / 1e6)
    print(`${this.#passed} passed, ${this.#failed} failed, 0 skipped`)
    return this.#failed === 0
  }

  get #isOver(): boolean {
    return this.#options.stopsAtFailure && this.#failed > 0
  }

  async #seeded(): Promise<void> {
    const { seed, runs, run, faults } = this.#options
    const first = run === null ? 0 : Math.floor(run / RUNS_PER_WORLD)
    const count = run === null ? Math.ceil(runs / RUNS_PER_WORLD) : 1
    for (let i = first; i < first + count && !this.#isOver; i++) {
      const left = run === null ? Math.min(RUNS_PER_WORLD, runs - i * RUNS_PER_WORLD) : RUNS_PER_WORLD
      // Where nothing goes wrong everything has to be prompt.
      const isCalm = i % CALM_EVERY === CALM_EVERY - 1
      const plan = planWorld(seed, i, { faults: isCalm ? 0 : faults, runs: left })
      const others = faults === 1 ? '' : ` --faults ${faults}`
      await this.#world(plan, n => `--seed ${seed} --run ${i * RUNS_PER_WORLD + n}${others}`)
    }
  }

  /** Counts the points of the calm world, then plays it with a crash at each. */
  async #systematic(): Promise<void> {
    const { point, print } = this.#options
    const calm = await playWorld(systematicWorld(-1), { keepPointNames: true })
    if (point === null) this.#count(systematicWorld(-1), calm, () => '--systematic')
    const points = point === null ? calm.points : 1
    for (let i = 0; i < points && !this.#isOver; i++) {
      const at = point ?? i
      await this.#world(systematicWorld(at), () => `--systematic --point ${at}`, at, calm.pointNames[at])
    }
    print(`systematic: a crash at each of ${calm.points} points of one schedule`)
  }

  async #world(plan: WorldPlan, repeat: (n: number) => string, crashAt?: number, where?: string): Promise<void> {
    const trace = this.#tracer(plan)
    const played = await playWorld(plan, {
      ...(trace === null ? {} : { trace }),
      ...(crashAt === undefined ? {} : { crashAt }),
    })
    this.#count(plan, played, repeat, where)
  }

  #tracer(plan: WorldPlan): ((line: string) => void) | null {
    const { trace, run, print } = this.#options
    if (trace === 'none') return null
    if (trace === 'all' || run === null) return print
    const runId = plan.runs[run % RUNS_PER_WORLD]?.runId ?? ''
    return line => (line.includes(runId) || /^ *[\d.]+ [A-Z]{3}/.test(line) ? print(line) : undefined)
  }

  #count(plan: WorldPlan, played: Played, repeat: (n: number) => string, where?: string): void {
    for (const [kind, count] of played.faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count)
    for (const name of FIGURES) this.#sums[name] += played[name]
    this.#virtualMs += played.virtualMs
    const failures = byRun(plan, played.violations)
    this.#failed += failures.size
    this.#passed += plan.runs.length - failures.size
    for (const [n, texts] of failures) {
      const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : ''
      const point = where === undefined ? '' : ` [crash at ${where}]`
      this.#options.print(
        `FAILED ${COMMAND} ${repeat(n)}   # commit ${this.#options.commit}${point}: ${texts[0]}${more}`,
      )
      if (this.#options.trace !== 'none') for (const text of texts) this.#options.print(`  ${text}`)
    }
  }

  #summary(seconds: number, cpuSeconds: number): void {
    const { print } = this.#options
    const runs = this.#passed + this.#failed
    const faults = [...this.#faults].sort((a, b) => b[1] - a[1])
    const total = faults.reduce((sum, [, count]) => sum + count, 0)
    print(`faults injected: ${total} (${faults.map(([kind, count]) => `${kind} ${count}`).join(', ')})`)
    print(FIGURES.map(name => `${name} ${this.#sums[name]}`).join(', '))
    const perSecond = (runs / Math.max(seconds, 0.001)).toFixed(0)
    print(
      `${runs} runs in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU: ${perSecond} runs/s, ${(this.#virtualMs / 3_600_000).toFixed(0)} virtual hours`,
    )
  }
}

/** Violations by the number of their run in the world; those of no single run count for the first. */
function byRun(plan: WorldPlan, violations: readonly Violation[]): Map<number, string[]> {
  const failures = new Map<number, string[]>()
  for (const { runId, text } of violations) {
    const n = Math.max(
      0,
      plan.runs.findIndex(run => run.runId === runId),
    )
    failures.set(n, [...(failures.get(n) ?? []), `${runId ?? 'the world'}: ${text}`.replaceAll('\n', ' ')])
  }
  return failures
}
