// What a DAG's runs have to be told about without anybody having asked: a due run that did not start, one that is later or longer than
// usual, one that is stuck in a queue. Pure; times are epoch milliseconds. "Usual" is the 95th percentile of the last runs.
import { isGoodStatus, type RunStatus } from '../run/status.ts'

export type AlertKind = 'missed' | 'not_started' | 'late' | 'slow' | 'stuck_in_queue' | 'runner_gone' | 'quarantined'

export interface AlertDraft {
  /** What it is about: the same key is the same alert. */
  key: string
  kind: AlertKind
  /** `info` is listed, and nobody is woken for it. */
  severity: 'warning' | 'info'
  /** One sentence: what is wrong. */
  title: string
  /** Why, as far as known, and what to do. */
  detail: string
  dagName?: string
  fileName?: string
  runId?: string
  runnerId?: string
}

export interface RunFacts {
  runId: string
  status: RunStatus
  /** It waits for admission (a run that has been admitted may still wait for a runner). */
  queued: boolean
  /** A schedule has started it. */
  scheduled: boolean
  createdAt: number
  queuedAt: number | null
  startedAt: number | null
  finishedAt: number | null
  scheduleTime: number | null
  reason: string | null
}

export interface DagFacts {
  dagName: string
  fileName: string
  open: readonly RunFacts[]
  /** The newest finished runs, at most `USUAL_RUNS`. */
  finished: readonly RunFacts[]
  /** The newest due time that nothing was there to start, and how many there were; null: none. */
  missed: { at: number; count: number } | null
  now: number
  /** When the control plane came up, or its host woke from sleep: before that nobody could have done anything. */
  awakeSince: number
  /** Keys of what was told before and not taken back. */
  reported: readonly string[]
}

export const USUAL_RUNS = 30
/** Fewer runs do not make a habit. */
const LEAST_RUNS = 5
const MINUTE_MS = 60_000
const START_LIMIT_MS = 5 * MINUTE_MS
const QUEUE_LIMIT_MS = 15 * MINUTE_MS
/** A missed start is old news after this. */
const MISSED_FOR_MS = 24 * 60 * MINUTE_MS

/** The alerts that hold now. */
export function dagAlerts(facts: DagFacts): AlertDraft[] {
  const drafts = alertsSince(facts)
  if (facts.reported.length === 0) return drafts
  // A break of the control plane mends nothing: what was told before it holds until it is over.
  const known = new Set(drafts.map(({ key }) => key))
  const held = alertsSince({ ...facts, awakeSince: 0 }).filter(
    ({ key }) => facts.reported.includes(key) && !known.has(key),
  )
  return [...drafts, ...held]
}

function alertsSince(facts: DagFacts): AlertDraft[] {
  const about = { dagName: facts.dagName, ...(facts.fileName === '' ? {} : { fileName: facts.fileName }) }
  const drafts = facts.open.flatMap(run =>
    [...runAlerts(run, facts)].map(draft => ({ ...about, ...draft, runId: run.runId })),
  )
  const missed = missedAlert(facts)
  return missed === null ? drafts : [...drafts, { ...about, ...missed }]
}

function* runAlerts(run: RunFacts, facts: DagFacts): Generator<AlertDraft> {
  const { now, awakeSince, dagName } = facts
  const waited = now - Math.max(run.queued ? (run.queuedAt ?? run.createdAt) : run.createdAt, awakeSince)
  const why = run.reason ?? 'no reason is known'
  if (run.startedAt === null && run.queued) {
    const usual = usualOf(facts.finished, ({ queuedAt, startedAt }) => span(queuedAt, startedAt))
    if (waited > Math.max(QUEUE_LIMIT_MS, 2 * (usual ?? 0)))
      yield draft('stuck_in_queue', run, `${dagName} has been queued for over ${words(waited)}`, why)
  } else if (run.startedAt === null && run.scheduled && waited > START_LIMIT_MS)
    yield draft('not_started', run, `${dagName} was due over ${words(waited)} ago and has not started`, why)
  if (run.startedAt !== null && run.status === 'running') {
    const usual = usualOf(facts.finished.filter(isGood), ({ startedAt, finishedAt }) => span(startedAt, finishedAt))
    const took = now - run.startedAt
    if (usual !== null && now - Math.max(run.startedAt, awakeSince) > limitOver(usual))
      yield draft(
        'slow',
        run,
        `${dagName} has been running for over ${words(took)}`,
        `95 of 100 runs take no longer than ${words(usual)}`,
      )
    const late = lateness(run)
    const usually = usualOf(facts.finished, lateness)
    if (late !== null && usually !== null && late > limitOver(usually) && run.scheduleTime! >= awakeSince)
      yield draft(
        'late',
        run,
        `${dagName} started ${words(late)} after it was due`,
        `usually it is at most ${words(usually)}`,
      )
  }
}

/** `title` is said once and read later: a length in it is one that may grow. */
const draft = (kind: AlertKind, run: RunFacts, title: string, detail: string): AlertDraft => ({
  key: `${kind}/${run.runId}`,
  kind,
  severity: 'warning',
  title,
  detail,
})

/** A due time that passed while the control plane was off or slept is explained, and no reason to wake anybody. */
function missedAlert({ dagName, missed, now, awakeSince }: DagFacts): AlertDraft | null {
  if (missed === null || now - missed.at > MISSED_FOR_MS) return null
  const isExplained = missed.at < awakeSince
  const times = missed.count === 1 ? 'a start' : `${missed.count} starts`
  const due = `${new Date(missed.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return {
    key: `missed/${missed.at}`,
    kind: 'missed',
    severity: isExplained ? 'info' : 'warning',
    title: `${dagName} missed ${times}, the last due at ${due}`,
    detail: isExplained
      ? 'the control plane was off or asleep then; set catchup_window to have such runs made up for'
      : 'nothing was there to start it in time; set catchup_window to have such runs made up for',
  }
}

const isGood = ({ status }: RunFacts): boolean => isGoodStatus(status)

const span = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from

const lateness = ({ scheduled, scheduleTime, startedAt }: RunFacts): number | null =>
  scheduled ? span(scheduleTime, startedAt) : null

/** Above this a figure is worth a word: a quarter and a minute over what is usual. */
const limitOver = (usual: number): number => Math.max(usual * 1.25, usual + MINUTE_MS)

/** The 95th percentile of a figure over runs that have it; null: too few have. */
export function usualOf(runs: readonly RunFacts[], figure: (run: RunFacts) => number | null): number | null {
  const values = runs.map(figure).filter(value => value !== null)
  if (values.length < LEAST_RUNS) return null
  values.sort((a, b) => a - b)
  return values[Math.ceil(values.length * 0.95) - 1] ?? null
}

/** `3 min`, `2 h 5 min`, `1 d 3 h`. */
function words(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  if (minutes === 0) return `${Math.max(1, Math.round(ms / 1000))} s`
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`
  if (hours === 0) return `${rest} min`
  return rest > 0 ? `${hours} h ${rest} min` : `${hours} h`
}
