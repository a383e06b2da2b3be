// The engine's own log of a run: for each journal entry one line `time=… level=… msg=…` per thing that happened.
import type { AgentEvent } from '../protocol/frames.ts'
import type { JournalEntry } from './checkpoint.ts'
import type { RunEvent } from './events.ts'

type Fields = Record<string, string | number | boolean | undefined>

/** Lines of one journal entry, oldest first. */
export function logLines(entry: Pick<JournalEntry, 'at' | 'event' | 'changes'>): string[] {
  const lines = eventLines(entry.event, entry.at)
  const { status, error } = entry.changes.head
  if (status !== undefined && entry.event.type !== 'accepted') {
    lines.push(line(entry.at, status === 'failed' ? 'ERROR' : 'INFO', `run ${status}`, { error: error ?? undefined }))
  }
  return lines
}

function eventLines(event: RunEvent, at: number): string[] {
  switch (event.type) {
    case 'accepted': {
      const { spec, assignment, reason } = event
      const where = { runner: assignment?.hostname, reason }
      return [
        line(at, 'INFO', 'run accepted', {
          dag: spec.dagName,
          runId: spec.runId,
          trigger: spec.trigger,
          params: spec.paramsDisplay,
          ...where,
        }),
      ]
    }
    case 'assigned':
      return [line(at, 'INFO', 'room granted', { runner: event.assignment.hostname, room: event.assignment.room })]
    case 'unassigned':
      return [line(at, 'WARN', 'waiting for a runner', { reason: event.reason })]
    case 'report':
      return event.events.flatMap(each => agentLine(each) ?? [])
    case 'runner_hello':
      return [line(at, 'INFO', 'runner connected', { runner: event.runnerId, plans: event.plans.length })]
    case 'runner_lost':
      return [line(at, 'WARN', 'runner silent', { runner: event.runnerId, since: new Date(event.since).toISOString() })]
    case 'timer':
      return [line(at, 'DEBUG', 'timer fired', { timer: event.timer })]
    case 'clock_set_back':
      return [line(at, 'WARN', 'the clock of the control plane was set back', {})]
    case 'stop_requested':
      return [line(at, 'WARN', 'stop requested', { by: event.by, abandon: event.abandon })]
    case 'retry_requested':
      return [
        line(at, 'INFO', 'retry requested', {
          by: event.by,
          step: event.step,
          onward: event.onward,
          childRunId: event.child?.id,
        }),
      ]
    case 'child_retry_requested': {
      const { id, step, onward } = event.child
      return [line(at, 'INFO', 'retry of a child run requested', { by: event.by, childRunId: id, step, onward })]
    }
    case 'retry_cancelled':
      return [line(at, 'WARN', 'automatic retry cancelled', { by: event.by })]
    case 'step_status_set':
      return [line(at, 'WARN', 'step status set by hand', { by: event.by, step: event.step, status: event.status })]
    case 'decided':
      return [decisionLine(event, at)]
    case 'slot_granted':
      return [line(at, 'INFO', 'place in the queue granted', { queue: event.slot.queue || undefined })]
    case 'logs_settled':
      return [line(at, 'INFO', 'logs settled', {})]
    case 'call_resolved':
      return [
        line(at, event.error === undefined ? 'INFO' : 'ERROR', 'called DAG looked up', {
          step: event.step,
          dag: event.dag?.name,
          error: event.error,
        }),
      ]
    case 'children_changed':
      return event.news.map(news =>
        line(at, news.status === 'failed' ? 'ERROR' : 'INFO', `child run ${news.status}`, {
          childRunId: news.id,
          attempt: news.attempt,
          error: news.error,
        }),
      )
  }
}

const DECISIONS = { approve: 'step approved', reject: 'step rejected', push_back: 'step pushed back' } as const

function decisionLine(event: Extract<RunEvent, { type: 'decided' }>, at: number): string {
  const { step, by, decision } = event
  const given =
    decision === 'reject' ? { reason: event.reason } : { inputs: Object.keys(event.inputs).sort().join(',') }
  return line(at, decision === 'approve' ? 'INFO' : 'WARN', DECISIONS[decision], { step, by, ...given })
}

function agentLine(event: AgentEvent): string | undefined {
  switch (event.type) {
    case 'prepared':
      return line(event.at, event.error === undefined ? 'INFO' : 'ERROR', 'run prepared', {
        params: event.paramsDisplay,
        error: event.error,
      })
    case 'started':
      return line(event.at, 'INFO', 'step started', { step: event.step, attempt: event.attempt, pid: event.pid })
    case 'finished': {
      const { step, attempt, outcome, exitCode, error } = event
      const level = outcome === 'succeeded' || outcome === 'skipped' ? 'INFO' : 'ERROR'
      return line(event.at, level, `step ${outcome}`, { step, attempt, exitCode, error })
    }
    case 'children':
      return line(event.at, 'INFO', 'step calls', { step: event.step, attempt: event.attempt, dag: event.target })
    case 'plan_ended':
      return event.reason === 'completed'
        ? undefined
        : line(event.at, 'DEBUG', 'plan ended', { plan: event.plan, reason: event.reason, error: event.error })
    case 'artifacts':
      return line(event.at, event.warnings.length > 0 ? 'WARN' : 'INFO', 'artifacts stored', {
        files: event.files,
        bytes: event.bytes,
        complete: event.settled,
        warning: event.warnings[0],
      })
    case 'segment':
      return undefined
    case 'stopped':
      return line(event.at, 'INFO', 'stop carried out', { stop: event.stop })
  }
}

/** One logfmt line; values are quoted where they need it, so that a line stays a line. */
export function line(at: number, level: string, msg: string, fields: Fields): string {
  const all: [string, string | number | boolean | undefined][] = [
    ['time', timestamp(at)],
    ['level', level],
    ['msg', msg],
    ...Object.entries(fields),
  ]
  return all
    .flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${quoted(String(value))}`]))
    .join(' ')
}

function timestamp(at: number): string {
  const valid = Number.isFinite(at) && Math.abs(at) <= 8.64e15
  return valid ? new Date(at).toISOString() : 'unknown'
}

const quoted = (text: string) => (/^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text))
