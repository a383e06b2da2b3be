// What a world is about: how often its workflows and clients do what, and what goes wrong in it. Promise: every theme comes in its turn
// among the worlds of each seed; a search may play worlds of one theme only.

export type FaultWeights = Record<
  'crash' | 'agent' | 'evict' | 'restart' | 'cut' | 'partition' | 'oneWay' | 'reboot' | 'drain' | 'calls' | 'alarms',
  number
> &
  Record<'blobs' | 'sweeps' | 'clock' | 'time', number>

export interface Theme {
  /** Chance that a DAG goes through one of the queues. */
  queued: number
  /** Chance that a run is enqueued. */
  enqueued: number
  /** Chance that a run is retried, and after how many ms at most. */
  retried: number
  retryMs: number
  /** Chance that a run is deleted once it is over. */
  deleted: number
  /** Chance that one called run is retried alone. */
  retriedChild: number
  /** Chance that a DAG calls others, and that their documents wait for a person. */
  calls: number
  calledApprovals: number
  approvals: number
  atEdge: number
  handlers: number
  /** Chance that a DAG or steps of it ask for a zone, and that the DAG does itself then. */
  selectors: number
  home: number
  faults: FaultWeights
  /** Shares of the calls that go wrong while calls do. */
  callRates: readonly number[]
}

const USUAL: Theme = {
  queued: 0.4,
  enqueued: 0.5,
  retried: 0.12,
  retryMs: 6_000,
  deleted: 0.06,
  retriedChild: 0.3,
  calls: 0.27,
  calledApprovals: 0.25,
  approvals: 0.12,
  atEdge: 0.2,
  handlers: 0.18,
  selectors: 0.25,
  home: 0.3,
  faults: {
    crash: 46,
    agent: 10,
    evict: 6,
    restart: 3,
    cut: 10,
    partition: 6,
    oneWay: 4,
    reboot: 5,
    drain: 3,
    calls: 5,
    alarms: 5,
    blobs: 3,
    sweeps: 2,
    clock: 3,
    time: 0,
  },
  callRates: [0.02, 0.1, 0.3],
}

/** Nearly all runs queue and are retried at once, and calls go wrong far more often. */
const BUSY: Theme = {
  ...USUAL,
  queued: 0.9,
  enqueued: 0.85,
  retried: 0.6,
  retryMs: 100,
  faults: { ...USUAL.faults, calls: 20 },
  callRates: [0.1, 0.3, 0.5],
}

export const THEMES = {
  usual: USUAL,
  busy: BUSY,
  /** Nearly all runs call others, which are retried alone; many of those wait for a person. */
  calls: { ...USUAL, calls: 0.9, calledApprovals: 0.5, retried: 0.6, retriedChild: 0.9, atEdge: 0.1 },
  /** Runs wait for people, and for their place in a queue again after that. */
  people: { ...USUAL, approvals: 0.7, calls: 0.5, calledApprovals: 0.7, queued: 0.9, enqueued: 0.8, atEdge: 0.1 },
  /** Hosts are cut off, and what is said comes late, twice or not at all. */
  resent: {
    ...USUAL,
    atEdge: 0,
    faults: { ...USUAL.faults, crash: 25, cut: 30, calls: 30, oneWay: 15, agent: 15, evict: 15 },
    callRates: [0.1, 0.3, 0.5],
  },
  /** Steps ask for hosts, hosts come and go, and there is something to do at the end. */
  places: {
    ...USUAL,
    atEdge: 0,
    handlers: 0.5,
    selectors: 0.9,
    calls: 0.5,
    home: 0.7,
    faults: { ...USUAL.faults, agent: 30, reboot: 30, drain: 15 },
  },
  /** Clocks of hosts jump, blobs cannot be put, and what is over is deleted. */
  clocks: { ...USUAL, atEdge: 0, deleted: 0.6, faults: { ...USUAL.faults, clock: 60, blobs: 20 } },
  /** The clock of the control plane jumps. */
  time: { ...USUAL, faults: { ...USUAL.faults, time: 40 } },
} as const satisfies Record<string, Theme>

export type ThemeName = keyof typeof THEMES

/** Themes of worlds one after the other. */
const TURN: readonly ThemeName[] = [
  ...(['usual', 'usual', 'busy', 'calls', 'usual', 'busy'] as const),
  ...(['usual', 'usual', 'busy', 'people', 'usual', 'busy'] as const),
  ...(['usual', 'resent', 'busy', 'usual', 'clocks', 'busy'] as const),
  ...(['usual', 'places', 'busy', 'usual', 'time', 'busy'] as const),
]

export const themeOf = (index: number): ThemeName => TURN[index % TURN.length]!
