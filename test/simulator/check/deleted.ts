// Runs that somebody has deleted. Promise: nothing of them is left anywhere, nor of what they had called.
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import type { Stage } from '../world.ts'
import { historyOf } from './history.ts'
import { below, type TrueRun } from './truth.ts'

export function* checkDeleted({ plane, truth, machines }: Stage, dagId: string, runId: string): Generator<string> {
  const has = (kind: 'dag' | 'index', name: string, table: string): boolean =>
    plane.object(kind, name).sql.read(`SELECT 1 AS one FROM ${table} WHERE run_id = ?`, runId).length > 0
  if (has('dag', dagId, 'run')) yield 'it was deleted, and its Dag has it'
  if (has('dag', dagId, 'deleting')) yield 'its deletion has not come to an end'
  if (has('index', SINGLETON, 'run')) yield 'it was deleted, and the Index has it'
  const top = truth.runs.get(runId)!
  for (const run of [top, ...below(top)] as TrueRun[]) {
    if (historyOf(plane, run.runId) !== null) yield `it was deleted, and there is something of ${run.runId}`
    for (const { runnerId, contexts } of machines)
      if (contexts.has(run.runId)) yield `it was deleted, and ${runnerId} still has files of ${run.runId}`
  }
}
