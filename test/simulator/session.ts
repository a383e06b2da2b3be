// One run of the simulator: worlds one after another, failures with the line that repeats them, figures at the end.
import { systematicWorld } from './schedule/systematic.ts'
import type { ThemeName } from './schedule/themes.ts'
import { planWorld, RUNS_PER_WORLD, type WorldPlan } from './schedule/world-plan.ts'
import { type Played, playWorld, type Violation } from './world.ts'

export type Kind = 'seeded' | 'systematic'

export interface SessionOptions {
  seed: number
  runs: number
  /** Faults a run. */
  faults: number
  /** Only the world of this run. */
  run: number | null
  /** Only the crash at this point of the systematic world. */
  point: number | null
  /** Worlds of this theme only; null: of all in turn. */
  theme: ThemeName | null
  trace: 'none' | 'run' | 'all'
  stopsAtFailure: boolean
  commit: string
  /** This session plays every world whose number leaves `part` when divided by `parts`. */
  part: number
  parts: number
  print(line: string): void
}

export interface Figures {
  passed: number
  failed: number
  seconds: number
  virtualMs: number
  points: number
  faults: Record<string, number>
  sums: Record<string, number>
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
  #points = 0

  constructor(options: SessionOptions) {
    this.#options = options
  }

  async run(kinds: readonly Kind[]): Promise<Figures> {
    const { run, point } = this.#options
    const begin = performance.now()
    if (kinds.includes('seeded') && point === null) await this.#seeded()
    if (kinds.includes('systematic') && run === null && !this.#isOver) await this.#systematic()
    return {
      passed: this.#passed,
      failed: this.#failed,
      seconds: (performance.now() - begin) / 1000,
      virtualMs: this.#virtualMs,
      points: this.#points,
      faults: Object.fromEntries(this.#faults),
      sums: this.#sums,
    }
  }

  get #isOver(): boolean {
    return this.#options.stopsAtFailure && this.#failed > 0
  }

  async #seeded(): Promise<void> {
    const { seed, runs, run, faults, theme } = this.#options
    const first = run === null ? 0 : Math.floor(run / RUNS_PER_WORLD)
    const count = run === null ? Math.ceil(runs / RUNS_PER_WORLD) : 1
    const { part, parts } = this.#options
    for (let i = first; i < first + count && !this.#isOver; i++) {
      if (run === null && i % parts !== part) continue
      const left = run === null ? Math.min(RUNS_PER_WORLD, runs - i * RUNS_PER_WORLD) : RUNS_PER_WORLD
      // Where nothing goes wrong everything has to be prompt.
      const isCalm = i % CALM_EVERY === CALM_EVERY - 1
      const plan = planWorld(seed, i, {
        ...{ faults: isCalm ? 0 : faults, runs: left },
        ...(theme === null ? {} : { theme }),
      })
      const others = `${faults === 1 ? '' : ` --faults ${faults}`}${theme === null ? '' : ` --theme ${theme}`}`
      await this.#world(plan, n => `--seed ${seed} --run ${i * RUNS_PER_WORLD + n}${others}`)
    }
  }

  /** Counts the points of the calm world, then plays it with a crash at each. */
  async #systematic(): Promise<void> {
    const { point, part, parts } = this.#options
    const calm = await playWorld(systematicWorld(-1), { keepPointNames: true })
    this.#points = calm.points
    if (point === null && part === 0) this.#count(systematicWorld(-1), calm, () => '--systematic')
    const points = point === null ? calm.points : 1
    for (let i = 0; i < points && !this.#isOver; i++) {
      if (point === null && i % parts !== part) continue
      const at = point ?? i
      await this.#world(systematicWorld(at), () => `--systematic --point ${at}`, at, calm.pointNames[at])
    }
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
