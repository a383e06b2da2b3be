// What must hold when everything has come to rest: each part tells the same story, and nobody holds anything any more.

import { indexOf } from '@edgedag/core/run/derived'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { summarise } from '@edgedag/core/run/summary'
import { type RunSummary, SINGLETON } from '@edgedag/worker/objects/contracts'
import type { Client } from '../clients.ts'
import type { Stage, Violation } from '../world.ts'
import { againstTruth, type EffectsOf, gaveWay } from './against-truth.ts'
import { checkChildren } from './children.ts'
import { checkDeleted } from './deleted.ts'
import { compareWithExpected } from './expected.ts'
import { historyOf } from './history.ts'
import { replay } from './journal.ts'
import { checkLogs } from './logs.ts'
import { looksOf } from './looks.ts'
import { checkTimes } from './times.ts'

export function checkEnd(stage: Stage, isOver: boolean): Violation[] {
  const violations: Violation[] = []
  for (const client of stage.clients.all) {
    for (const text of checkRun(stage, client)) violations.push({ runId: client.plan.runId, text })
  }
  if (isOver) for (const text of checkRest(stage)) violations.push({ runId: null, text })
  return violations
}

function* checkRun(stage: Stage, client: Client): Generator<string> {
  const { plan } = client
  if (client.deleted) return yield* checkDeleted(stage, stage.clients.dagIds[plan.dag]!, plan.runId)
  const line = stage.clients.line(plan)
  if (client.accepted && line === null) yield 'an accepted run has no row in its Dag'
  if (line === null || !TERMINAL_RUN_STATUSES.has(line.status)) return
  const truth = stage.truth.runs.get(plan.runId)!
  const history = historyOf(stage.plane, plan.runId)
  if (history === null) {
    if (!gaveWay(line.status, truth)) yield 'the Run has neither a journal nor a pack of a finished run'
    return
  }
  const effects: EffectsOf = (runId, step) => stage.plane.outside.effects(runId, step)
  const looks = looksOf(stage, plan.hasProfile)
  yield* looks.stored(history)
  yield* stage.acts.madeOf(plan.dag, client.start, history)
  const replayed = replay(history, truth.dag, stage.faults.total === 0)
  const { state, broken, isDisturbed } = replayed
  yield* looks.replayed(plan.runId, replayed, history)
  const isStopped = plan.stopAfter !== undefined
  const children = checkChildren(state, truth, {
    historyOf: runId => historyOf(stage.plane, runId),
    isStopped,
    isParentDisturbed: isDisturbed,
    hasJumped: stage.plane.hasJumped,
    looks,
    effects,
  })
  yield* children.problems
  yield* broken
  yield* sameLine('the Dag', line, summarise(state, truth.dag))
  const indexed = indexLine(stage, plan.runId)
  if (indexed === null) yield 'the Index has no row of the run'
  else yield* sameLine('the Index', indexed, line)
  yield* againstTruth(state, truth, effects)
  yield* checkLogs(state, !truth.isAbandoned)
  yield* checkTimes(state, truth.dag)
  // Room is saved later where the clock was set back.
  if (history.packed === null && !stage.plane.hasJumped && indexOf(state, truth.dag).openLogs === 0)
    yield 'a finished run was not packed'
  if (!isDisturbed && !children.isDisturbed && !isStopped) yield* compareWithExpected(state, truth, children.statuses)
}

function indexLine(stage: Stage, runId: string): RunSummary | null {
  const row = stage.plane
    .object('index', SINGLETON)
    .sql.read<{ summary: string }>('SELECT summary FROM run WHERE run_id = ?', runId)[0]
  return row === undefined ? null : (JSON.parse(row.summary) as RunSummary)
}

type Line = Pick<RunSummary, 'status' | 'startedAt' | 'finishedAt' | 'done'>

export function* sameLine(who: string, line: Line, wanted: Line): Generator<string> {
  for (const key of ['status', 'startedAt', 'finishedAt', 'done'] as const) {
    if (line[key] !== wanted[key]) yield `${who} says ${key} ${line[key]} where the run has ${wanted[key]}`
  }
}

/** Nothing is held any more: slots, room, processes, accounts on hosts. */
function* checkRest(stage: Stage): Generator<string> {
  for (const object of stage.plane.objects.values()) {
    if (object.kind === 'queue') {
      for (const row of object.sql.read<{ run_id: string; hold: number }>('SELECT run_id, hold FROM item')) {
        yield `queue ${object.name} still has ${row.run_id} (hold ${row.hold})`
      }
    } else if (object.kind === 'fleet') {
      for (const row of object.sql.read<{ run_id: string }>('SELECT run_id FROM waiting'))
        yield `the fleet still has ${row.run_id} waiting`
    }
  }
  for (const { runnerId, used } of stage.fleet) if (used > 0) yield `the fleet still has ${used} of ${runnerId} in use`
  for (const machine of stage.machines) {
    for (const proc of machine.procs.values())
      if (proc.state === 'running') yield `process ${proc.key} still lives on ${machine.runnerId}`
    for (const run of machine.agent?.runs.values() ?? []) {
      yield `${machine.runnerId} still carries ${run.run.runId}: ${JSON.stringify({ plans: run.plans(), waiting: run.run.waiting.length, inFlight: run.run.inFlight, end: run.run.end })}`
    }
  }
}
