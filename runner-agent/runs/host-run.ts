// What the host knows of a run, as a fold over its journal records: the live executor and a restarted agent hold the very
// same state. Pure; nothing here runs or sends.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { JournalRecord } from '../journal/records.ts'
import type { FinishedEvent, HostRun, StoredHostRun, Stream, UploadState } from './host-run-state.ts'

export const newHostRun = (runId: string): HostRun => ({
  runId,
  attempt: 0,
  seq: 0,
  inFlight: 0,
  waiting: [],
  unackedResults: 0,
  plans: new Map(),
  past: new Set(),
  results: new Map(),
  stops: new Map(),
  uploads: new Map(),
})

/** More reports than can be made after the last flush of the journal. */
const SEQ_AFTER_BOOT = 1_000

/**
 * After a restart of the host the last lines of the journal may be missing: what was in flight is no longer known for sure,
 * and all goes under numbers that cannot have been used.
 */
export const afterReboot = (run: HostRun, now: number): void => {
  run.inFlight = 0
  run.seq = Math.max(run.seq + SEQ_AFTER_BOOT, now)
  for (const { running } of run.plans.values()) if (running) running.rebooted = true
}

export const uploadKey = (step: string, attempt: number, stream: Stream): string => `${stream}/${attempt}/${step}`

/** Applies one record of this run. Total: a record that fits nothing changes nothing. */
export const applyRecord = (run: HostRun, record: JournalRecord): void => {
  switch (record.k) {
    case 'run':
      run.attempt = record.attempt
      run.rev = record.rev ?? 0
      run.seq = Math.max(run.seq, record.seq)
      if (record.deadline === undefined) delete run.deadline
      else run.deadline = record.deadline
      delete run.end
      return
    case 'plan':
      run.plans.set(record.plan.plan, { plan: record.plan, done: 0, ended: false })
      return
    case 'start': {
      const plan = run.plans.get(record.plan)
      if (plan) plan.running = { step: record.step, attempt: record.attempt, at: record.at, told: false }
      return
    }
    case 'event':
      applyEvent(run, record.event)
      return
    case 'sent':
      run.seq = record.seq
      run.inFlight = Math.min(record.count, run.waiting.length)
      return
    case 'ack':
      if (record.seq === run.seq) acknowledge(run)
      return
    case 'stop':
      run.stops.set(record.stop.id, record.stop)
      // Plans that the order names and that are still on their way must not start when they come.
      for (const plan of record.stop.plans ?? []) if (!run.plans.has(plan)) run.past.add(plan)
      return
    case 'drop':
      dropPlan(run, record.plan)
      return
    case 'end':
      run.end = record.end
      return
    case 'snapshot':
      restoreRun(run, record.state)
      return
    case 'gone':
    case 'boot':
      return
  }
}

const applyEvent = (run: HostRun, event: AgentEvent): void => {
  run.waiting.push({ event, json: JSON.stringify(event) })
  if (event.type === 'segment') noteSegment(run, event)
  if (event.type === 'artifacts' && event.settled) run.artifactsSettled = event.attempt
  if (event.type === 'stopped') {
    run.stops.delete(event.stop)
    run.past.add(event.stop)
  }
  if (event.type === 'segment' || event.type === 'stopped' || event.type === 'artifacts') return
  const plan = run.plans.get(event.plan)
  if (event.type === 'plan_ended') {
    if (plan) plan.ended = true
    return
  }
  if (event.type === 'started') {
    if (plan?.running) plan.running.told = true
    return
  }
  if (event.type === 'children' && !event.last) return
  if (plan) {
    plan.done++
    delete plan.running
    if (!isSuccess(event)) plan.over = true
  }
  if (event.type === 'finished') noteFinished(run, event)
}

/** After anything else nothing more of a plan starts here; with children the Run goes on. */
const isSuccess = (event: Extract<AgentEvent, { type: 'finished' | 'prepared' | 'children' }>): boolean => {
  if (event.type === 'children') return false
  if (event.type === 'finished') return event.outcome === 'succeeded'
  return event.error === undefined && event.conditions.every(condition => condition.met)
}

const noteFinished = (run: HostRun, event: FinishedEvent): void => {
  run.unackedResults++
  run.results.set(event.step, {
    attempt: event.attempt,
    outcome: event.outcome,
    exitCode: event.exitCode,
    ...(event.outputs === undefined ? {} : { outputs: event.outputs }),
    ...(event.structured === undefined ? {} : { structured: event.structured }),
    ...(event.stdoutPath === undefined ? {} : { stdoutPath: event.stdoutPath }),
    ...(event.stderrPath === undefined ? {} : { stderrPath: event.stderrPath }),
    ...(event.sealed === undefined ? {} : { sealed: event.sealed }),
  })
  for (const stream of ['stdout', 'stderr'] as const) {
    const end = event[stream]
    if (end === undefined || end.text !== undefined || end.bytes === 0) continue
    upload(run, event.step, event.attempt, stream).final = end.bytes
  }
}

const noteSegment = (run: HostRun, event: Extract<AgentEvent, { type: 'segment' }>): void => {
  const state = upload(run, event.step, event.attempt, event.stream)
  state.sealed = event.offset + event.bytes
  state.lines += event.lines
  state.seq = event.seq
}

/** The upload state of a stream, created at its first mention. */
export const upload = (run: HostRun, step: string, attempt: number, stream: Stream): UploadState => {
  const key = uploadKey(step, attempt, stream)
  let state = run.uploads.get(key)
  if (state === undefined) {
    state = { step, attempt, stream, sealed: 0, lines: 0, seq: 0 }
    run.uploads.set(key, state)
  }
  return state
}

const acknowledge = (run: HostRun): void => {
  const gone = run.waiting.splice(0, run.inFlight)
  run.inFlight = 0
  for (const { event } of gone) {
    if (event.type === 'finished') run.unackedResults--
    else if (event.type === 'plan_ended') {
      run.plans.delete(event.plan)
      run.past.add(event.plan)
    } else if (event.type === 'segment') {
      const key = uploadKey(event.step, event.attempt, event.stream)
      const state = run.uploads.get(key)
      if (state?.final !== undefined && state.sealed >= state.final && state.seq === event.seq) run.uploads.delete(key)
    }
  }
}

const dropPlan = (run: HostRun, id: string): void => {
  run.plans.delete(id)
  run.past.add(id)
  const kept = run.waiting.filter(({ event }, index) => index < run.inFlight || !('plan' in event) || event.plan !== id)
  run.unackedResults = kept.filter(({ event }) => event.type === 'finished').length
  run.waiting = kept
}

/** Is there anything left to do for this run on the host? */
export const isIdle = (run: HostRun): boolean =>
  run.waiting.length === 0 && pendingUploads(run).length === 0 && [...run.plans.values()].every(plan => plan.ended)

/** Logs whose final length is known and not yet in R2. */
export const pendingUploads = (run: HostRun): UploadState[] =>
  [...run.uploads.values()].filter(state => state.final !== undefined && state.sealed < state.final)

/** The record from which this state is rebuilt: what a compacted journal holds of a run. */
export const snapshotRecord = (run: HostRun): JournalRecord => ({
  k: 'snapshot',
  run: run.runId,
  state: encodeRun(run),
})

/** JSON form of a run's state. */
export const encodeRun = (run: HostRun): StoredHostRun => ({
  ...run,
  waiting: run.waiting.map(({ event }) => event),
  plans: [...run.plans.values()],
  past: [...run.past],
  results: [...run.results],
  stops: [...run.stops.values()],
  uploads: [...run.uploads.values()],
})

const restoreRun = (run: HostRun, stored: StoredHostRun): void => {
  Object.assign(run, stored, {
    waiting: stored.waiting.map(event => ({ event, json: JSON.stringify(event) })),
    plans: new Map(stored.plans.map(plan => [plan.plan.plan, plan])),
    past: new Set(stored.past),
    results: new Map(stored.results),
    stops: new Map(stored.stops.map(stop => [stop.id, stop])),
    uploads: new Map(stored.uploads.map(one => [uploadKey(one.step, one.attempt, one.stream), one])),
  })
}
