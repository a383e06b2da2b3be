// The definition and the spec of a called run. Promise: pure; what a child is made from depends on its parent's pinned definition, the
// pinned definition that it calls, and the order, so that making it again gives the same run.
import { err, ok, type Result } from '@edgedag/core/result'
import type { ChildOrder } from '@edgedag/core/run/children/child-types'
import { graphOf, nodeOf } from '@edgedag/core/run/graph'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { homeRunner } from '@edgedag/core/run/placement/place'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import { inWorkspaceOf } from '@edgedag/core/spec/workspace'
import { sha256Hex } from '../../store/hash.ts'
import { type Accepting, acceptRun } from '../dag/accept.ts'

export interface ChildDefinition {
  dag: Dag
  json: string
  hash: string
}

/**
 * What a call makes of a definition: handlers of the base configuration are the parent's, and the step's selector goes first. A document
 * of the same file, and a file that is called by its path, live in the workspace of the caller, whose author has written or chosen them;
 * a stored DAG (`isStored`) lives in its own.
 */
export function childDefinition(parent: Dag, step: string, called: Dag, isStored = false): ChildDefinition {
  const handlers = Object.fromEntries(
    Object.entries(called.handlers).filter(([kind]) => !called.inheritedHandlers.some(inherited => inherited === kind)),
  )
  const selector = nodeOf(graphOf(parent), step)?.workerSelector ?? called.workerSelector
  const isLocal = parent.localDags.includes(called)
  const dag: Dag = {
    ...called,
    labels: isStored ? called.labels : inWorkspaceOf(called.labels, parent.labels),
    handlers,
    inheritedHandlers: [],
    // Documents of one file call each other.
    ...(isLocal ? { localDags: parent.localDags } : {}),
    ...(selector === undefined ? {} : { workerSelector: selector }),
  }
  const json = JSON.stringify(dag)
  return { dag, json, hash: sha256Hex(json) }
}

/** The spec of a child, or why it is refused. */
export function childSpec(
  { head }: RunState,
  order: ChildOrder,
  definition: ChildDefinition,
  at: Pick<Accepting, 'now' | 'mainInstance' | 'executionMode'>,
): Result<RunSpec, { message: string }> {
  const { spec } = head
  const stored = order.dag.kind === 'stored' ? order.dag : null
  const source = stored === null ? (spec.source ?? null) : (stored.source ?? null)
  const accepted = acceptRun(
    {
      mode: 'start',
      trigger: 'subdag',
      runId: order.id,
      ...(order.params === '' || order.sealed !== undefined ? {} : { params: order.params }),
      ...(spec.profile === undefined ? {} : { profile: spec.profile }),
      ...(spec.profileDefaults ? { profileDefaults: true as const } : {}),
    },
    {
      dagId: stored?.dagId ?? spec.dagId,
      fileName: stored?.fileName ?? '',
      dag: definition.dag,
      dagHash: definition.hash,
      source,
      ...(order.sealed === undefined ? {} : { sealedParams: { text: order.sealed, display: order.params } }),
      ...at,
      newId: () => '',
    },
  )
  if (!accepted.ok) return err(accepted.error)
  // A selector, or the host that the called file lives on, goes before the parent's runner.
  const follows =
    definition.dag.workerSelector === undefined && (source === null || source.runner === spec.source?.runner)
  // Wherever the parent is by now: when a child begins, or is begun again, must not decide where.
  const home = homeRunner(head)
  const parent: RunSpec['parent'] = {
    runId: spec.runId,
    name: spec.dagName,
    step: order.step,
    rootRunId: spec.parent?.rootRunId ?? spec.runId,
    rootName: spec.parent?.rootName ?? spec.dagName,
    depth: (spec.parent?.depth ?? 0) + 1,
    ...(follows && home !== null && home !== EDGE_RUNNER ? { runnerId: home } : {}),
    ...(follows && order.workingDir !== undefined ? { workingDir: order.workingDir } : {}),
  }
  const specHash = stored === null ? spec.specHash : stored.specHash
  // Children bypass queues, and what keeps runs of one DAG apart.
  const { concurrency: _concurrency, ...child } = accepted.value
  return ok({ ...child, parent, ...(specHash === undefined ? {} : { specHash }) })
}
