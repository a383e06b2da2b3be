// The schedule of one simulated world, as plain data: its workflows, its runs with what clients do to them, and its faults.
import { Random } from '../sim/random.ts'
import { type Act, planActs } from './acts.ts'
import { type DagOptions, type DagText, MAX_VALUE, makeDag } from './dags.ts'
import { type ProfileChange, planChanges } from './profile-changes.ts'
import type { ScriptTraits } from './script.ts'
import { THEMES, type Theme, type ThemeName, themeOf } from './themes.ts'
import { ZONES, type Zone } from './zones.ts'

export interface RunPlan {
  runId: string
  dag: number
  mode: 'start' | 'enqueue'
  /** Milliseconds after the world's begin. */
  at: number
  scriptSeed: string
  /** Its parameter V. */
  value: number
  /** It is started with the profile of the world. */
  hasProfile: boolean
  traits: ScriptTraits
  /** Milliseconds after the start was answered. */
  stopAfter?: number
  abandon?: boolean
  /** Milliseconds after the end. */
  retryAfter?: number
  retryStep?: string
  /** One of its called runs, by number: the retry is of that one alone; also tried so many milliseconds after the start. */
  retryChild?: { number: number; after: number }
  /** It is deleted so many milliseconds after its last end. */
  deleteAfter?: number
}

export type FaultPlan =
  | { at: number; kind: 'crash'; target: string | null; points: number }
  | { at: number; kind: 'evict' }
  | { at: number; kind: 'restart' }
  | { at: number; kind: 'cut'; host: number }
  | { at: number; kind: 'partition'; host: number; directions: ('toServer' | 'toAgent')[]; ms: number }
  | { at: number; kind: 'agent'; host: number; ms: number }
  | { at: number; kind: 'reboot'; host: number; ms: number }
  | { at: number; kind: 'clock'; host: number; ms: number }
  /** The control plane's own clock; `hosts`: those of the hosts with it, as on one machine. */
  | { at: number; kind: 'time'; jump: number; hosts: boolean }
  | { at: number; kind: 'drain'; host: number; ms: number }
  | { at: number; kind: 'calls' | 'alarms' | 'blobs' | 'sweeps'; ms: number; rate: number }

export interface WorldPlan {
  seed: string
  /** Seed of what happens by chance while it is played; absent: the same. */
  playSeed?: string
  hosts: HostPlan[]
  runPool: number
  queues: { name: string; max: number }[]
  dags: DagText[]
  runs: RunPlan[]
  faults: FaultPlan[]
  /** What is done to the profile, one after the other. */
  changes: ProfileChange[]
  /** What is done to DAGs and queues. */
  acts: Act[]
}

export interface HostPlan {
  capacity: number
  skewMs: number
  /** Its label; steps may ask for one. */
  zone: Zone
}

/** Runs of one world share its objects, hosts and faults. */
export const RUNS_PER_WORLD = 20
const SPREAD_MS = 40_000
const FAULTS_MS = 70_000

export interface PlanOptions {
  runs?: number
  /** Faults a run; 0: none. */
  faults?: number
  /** Begins the names of queues and DAGs, where worlds share an installation. */
  prefix?: string
  /** Absent: as comes to its number. */
  theme?: ThemeName
}

/** The world that holds the runs `index * RUNS_PER_WORLD` and following. */
export function planWorld(seed: number, index: number, options: PlanOptions = {}): WorldPlan {
  const name = `${seed}.${index}`
  const random = new Random(name)
  const { prefix = '' } = options
  const theme: Theme = THEMES[options.theme ?? themeOf(index)]
  const queues = [1, 2, 3].slice(0, 1 + random.int(3)).map(max => ({ name: `${prefix}q${max}`, max }))
  const dags = makeDags(random, prefix, { queues: queues.map(queue => queue.name), theme })
  const count = options.runs ?? RUNS_PER_WORLD
  const runs = Array.from({ length: count }, (_, i) => planRun(random.fork(`run${i}`), dags, `${name}.${i}`, i, theme))
  const hosts = Array.from({ length: random.chance(0.25) ? 3 : 2 }, (_, i) => ({
    capacity: random.chance(0.2) ? 2 : 8 + random.int(8),
    skewMs: random.chance(0.2) ? random.pick([-600_000, 600_000, 40_000]) : 0,
    zone: ZONES[i] ?? random.pick(ZONES),
  }))
  const wanted = Math.round(count * (options.faults ?? 1))
  const faultRandom = random.fork('faults')
  const faults = Array.from({ length: wanted }, () => planFault(faultRandom, theme, hosts.length)).sort(
    (a, b) => a.at - b.at,
  )
  const changes = planChanges(random.fork('profile'))
  return {
    seed: name,
    hosts,
    runPool: random.pick([0, 2, 4]),
    queues,
    dags,
    runs,
    faults,
    changes,
    acts: planActs(name, { dags, queues, runs }),
  }
}

const DAGS = 5

/** Each may call those before it that call nothing themselves. */
function makeDags(random: Random, prefix: string, options: Omit<DagOptions, 'callable'>): DagText[] {
  const dags: DagText[] = []
  for (let i = 0; i < DAGS; i++) {
    const callable = dags.filter(dag => dag.isLeaf).map(dag => dag.fileName)
    dags.push(makeDag(random.fork(`dag${i}`), `${prefix}dag${i}`, { ...options, callable }))
  }
  return dags
}

function planRun(random: Random, dags: readonly DagText[], scriptSeed: string, i: number, theme: Theme): RunPlan {
  const dag = random.int(dags.length)
  const isStopped = random.chance(0.12)
  const isRetried = random.chance(theme.retried)
  // A step that lives until it is stopped needs somebody who stops it, in each attempt of the run.
  const { hasTimeout, hasRetries } = dags[dag]!
  const hanging = isStopped && !isRetried && !hasRetries ? 0.25 : hasTimeout ? 0.1 : 0
  const run: RunPlan = {
    runId: `r${i}_${random.hex(6)}`,
    dag,
    mode: random.chance(theme.enqueued) ? 'enqueue' : 'start',
    at: random.int(SPREAD_MS),
    scriptSeed,
    value: random.int(MAX_VALUE + 1),
    hasProfile: random.chance(0.15),
    traits: { failing: random.pick([0, 0, 0.1, 0.3]), hanging, unmet: random.pick([0, 0, 0.02, 0.3]) },
  }
  if (isStopped) {
    run.stopAfter = random.int(random.chance(0.5) ? 300 : 15_000)
    if (random.chance(0.2)) run.abandon = true
  }
  if (isRetried) {
    run.retryAfter = random.int(theme.retryMs)
    if (random.chance(0.3)) run.retryStep = 's1'
  }
  if (random.chance(theme.deleted)) run.deleteAfter = random.int(random.chance(0.8) ? 6_000 : 30_000)
  if (random.chance(theme.retriedChild)) run.retryChild = { number: random.int(8), after: random.int(12_000) }
  return run
}

const TARGETS = [
  'run',
  'run',
  'run',
  'dag',
  'queue',
  'runner',
  'fleet',
  'index',
  'edge',
  'edge',
  'vault',
  'agent',
  null,
] as const

/** A step of NTP, a machine that was paused, one that slept, a clock that was hours wrong and is set right. */
const MINUTE = 60_000
const TIME_JUMPS = [-150 * MINUTE, -20 * MINUTE, -100_000, -4_000, 4_000, 100_000, 150_000, 20 * MINUTE, 150 * MINUTE]

function planFault(random: Random, theme: Theme, hosts: number): FaultPlan {
  const at = random.int(FAULTS_MS)
  const host = random.int(hosts)
  const kind = random.weighted(theme.faults)
  switch (kind) {
    case 'crash': {
      const target = random.pick(TARGETS)
      return { at, kind, target, points: 1 + random.int(target === 'edge' ? 12 : 60) }
    }
    case 'evict':
    case 'restart':
      return { at, kind }
    case 'cut':
      return { at, kind, host }
    case 'partition':
      return {
        at,
        kind,
        host,
        directions: ['toServer', 'toAgent'],
        ms: random.pick([1_000, 20_000, 60_000, 60_000, 1_200_000]),
      }
    case 'oneWay':
      return {
        at,
        kind: 'partition',
        host,
        directions: [random.pick(['toServer', 'toAgent'] as const)],
        ms: random.pick([1_000, 20_000, 60_000]),
      }
    case 'agent':
      return { at, kind, host, ms: random.pick([50, 1_000, 20_000, 60_000]) }
    case 'drain':
      return { at, kind, host, ms: random.pick([5_000, 40_000, 90_000]) }
    case 'clock':
      return { at, kind, host, ms: random.pick([-3_600_000, -30_000, -1_500, 1_500, 30_000, 3_600_000]) }
    case 'time':
      return { at, kind, jump: random.pick(TIME_JUMPS), hosts: random.chance(0.5) }
    case 'reboot':
      return { at, kind, host, ms: random.pick([5_000, 40_000, 120_000]) }
    default:
      return {
        at,
        kind,
        ms: random.pick([2_000, 10_000]),
        rate: random.pick(theme.callRates),
      }
  }
}
