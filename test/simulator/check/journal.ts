// A run's journal against the invariants: after each row, and from row to row.
import { encodeCheckpoint, type JournalEntry } from '@edgedag/core/run/checkpoint'
import { checkInvariants } from '@edgedag/core/run/invariants'
import type { RunState } from '@edgedag/core/run/state'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { Dag } from '@edgedag/core/spec/dag'
import { applyEntry, type History } from './history.ts'
import { timesAhead } from './times.ts'

const MAX_LATE_MS = 1_000

export interface Replayed {
  state: RunState
  broken: string[]
  /** Something was lost, refused, stopped or timed out: what came of the steps is not for the workflow alone to say. */
  isDisturbed: boolean
  /** When each attempt of the run began, by its number. */
  beganAt: ReadonlyMap<number, number>
}

/** What sets the status of a run that is over. */
const DISTURBING = new Set(['stop_requested', 'runner_lost', 'retry_requested', 'child_retry_requested'])
const REOPENING = new Set(['retry_requested', 'step_status_set'])

/** `isCalm`: nothing has gone wrong in this world, so that every timer has to fire in time. */
export function replay({ entries, packed }: History, dag: Dag, isCalm = false): Replayed {
  let state: RunState | undefined
  const broken: string[] = []
  let isDisturbed = false
  const beganAt = new Map<number, number>()
  for (const entry of entries) {
    const before = state && marks(state)
    const lateMs = isCalm ? lateness(state, entry) : 0
    state = applyEntry(state, entry)
    isDisturbed ||= disturbs(entry)
    if (!beganAt.has(state.head.attempt)) beganAt.set(state.head.attempt, entry.at)
    const where = `after journal row ${state.head.seq} (${entry.event.type})`
    for (const sentence of checkInvariants(state, dag)) broken.push(`${where}: ${sentence}`)
    for (const sentence of timesAhead(state, entry)) broken.push(`${where}: ${sentence}`)
    if (lateMs > MAX_LATE_MS) broken.push(`${where}: the timer was ${lateMs} ms late`)
    if (before) for (const sentence of growth(before, state, entry)) broken.push(`${where}: ${sentence}`)
  }
  if (packed !== null && encodeCheckpoint(packed) !== encodeCheckpoint(state!))
    broken.push('the replayed journal is not the packed state')
  return { state: state!, broken, isDisturbed, beganAt }
}

/** How late a timer has fired. */
function lateness(state: RunState | undefined, { at, event }: JournalEntry): number {
  const timer = event.type === 'timer' ? state?.timers.get(event.timer) : undefined
  return timer === undefined ? 0 : at - timer.due
}

interface Marks {
  seq: number
  fence: number
  attempt: number
  status: string
  attempts: Map<string, number>
}

const marks = ({ head, steps }: RunState): Marks => ({
  seq: head.seq,
  fence: head.fence,
  attempt: head.attempt,
  status: head.status,
  attempts: new Map([...steps.values()].map(step => [step.name, step.attempt])),
})

function* growth(before: Marks, { head, steps }: RunState, { event, changes }: JournalEntry): Generator<string> {
  if (head.seq !== before.seq + 1) yield `journal number ${head.seq} follows ${before.seq}`
  if (head.fence < before.fence) yield 'the fence went back'
  if (head.attempt < before.attempt) yield "the run's attempt went back"
  for (const [name, attempt] of before.attempts)
    if ((steps.get(name)?.attempt ?? 0) < attempt) yield `the attempt of step ${name} went back`
  const ended = TERMINAL_RUN_STATUSES.has(before.status as never)
  if (ended && head.status !== before.status && !REOPENING.has(event.type))
    yield `a run that was ${before.status} became ${head.status}`
  if (head.waitingRoom && !head.reason) yield 'it waits for room and does not say why'
  if (head.status === 'waiting' && (head.room > 0 || head.asked > 0 || head.slot !== null))
    yield 'a waiting run holds room or a slot'
  for (const plan of changes.plans ?? []) {
    // One that has lost its time with a clock that was set back is no new one.
    if (plan.at !== undefined && plan.fence <= before.fence && !plan.seen && plan.answerTo !== null)
      yield `plan ${plan.id} was given an old fence`
  }
}

function disturbs({ event, changes }: JournalEntry): boolean {
  if (DISTURBING.has(event.type)) return true
  // An attempt that was given to a host which has nothing of it is used up.
  const isUsedUp = event.type === 'runner_hello' && (changes.steps ?? []).length > 0
  if (isUsedUp || (changes.steps ?? []).some(step => step.lost || step.maybe)) return true
  if (changes.head.timedOut === true || changes.head.stop || changes.head.error) return true
  return event.type === 'report' && event.events.some(each => each.type === 'plan_ended' && each.reason === 'lost')
}
