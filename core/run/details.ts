// A run as the REST API shows it: the reference's members (rest-observed section 3) and ours (id, reason, exitCode, ...).

import type { Command, DAGRunDetails, DAGRunNode, Precondition, Step as StepJson } from '../api/generated/answers.ts'
import { splitWords } from '../expr/split-words.ts'
import type { ConditionResult } from '../protocol/frames.ts'
import type { Condition, Dag, Step } from '../spec/dag.ts'
import { approvalNodeJson } from './approval/approval-details.ts'
import { artifactCount } from './artifacts.ts'
import { subRunsOfNode } from './children/sub-runs.ts'
import { EDGE_RUNNER, laneOf } from './lane.ts'
import { isMailKind, type SideNodeName, sideNodes } from './mail-nodes.ts'
import { variablesOf } from './outputs.ts'
import { MAIN_RUNNER } from './placement/selector.ts'
import type { RunState } from './state.ts'
import { RUN_STATUS_CODES, STEP_STATUS_CODES } from './status.ts'
import type { StepRecord } from './step-record.ts'
import { clock, progress, reasonOf } from './summary.ts'

/** The `dagRunDetails` object. */
export function runDetails(state: RunState, dag: Dag): DAGRunDetails {
  const { head } = state
  const { spec } = head
  const labels = spec.labels.length > 0 ? spec.labels : null
  return {
    name: spec.dagName,
    dagRunId: spec.runId,
    rootDAGRunName: spec.parent?.rootName ?? spec.dagName,
    rootDAGRunId: spec.parent?.rootRunId ?? spec.runId,
    ...(spec.parent && { parentDAGRunName: spec.parent.name, parentDAGRunId: spec.parent.runId }),
    ...(spec.parent && { parentStepName: spec.parent.step }),
    ...(spec.fileName && { sourceFileName: spec.fileName, fileName: spec.fileName }),
    specFromFile: spec.fileName !== '',
    status: RUN_STATUS_CODES[head.status],
    statusLabel: head.status,
    triggerType: head.trigger,
    ...(head.runnerId !== null && { workerId: workerIdOf(head.runnerId, head.hostname) }),
    ...(head.hostname !== null && { host: head.hostname }),
    params: head.paramsDisplay,
    ...profileJson(head),
    ...(head.queuedAt !== null && { queuedAt: clock(head.queuedAt) }),
    ...(spec.scheduleTime !== undefined && { scheduleTime: clock(spec.scheduleTime) }),
    createdAt: clock(spec.createdAt),
    createdAtMs: spec.createdAt,
    startedAt: time(head.startedAt),
    finishedAt: time(head.finishedAt),
    attempt: head.attempt,
    attemptId: head.attemptId,
    autoRetryCount: 0,
    autoRetryLimit: dag.retryPolicy?.limit ?? null,
    artifactsAvailable: artifactCount(head) > 0,
    ...optional('archiveDir', head.artifactsDir),
    labels,
    tags: labels,
    log: head.logFile ?? '',
    lane: laneOf(dag, spec),
    ...optional('reason', reasonOf(state)),
    ...optional('error', head.error),
    steps: progress(state, dag),
    preconditions: conditionsOf(dag.preconditions, head.conditions),
    nodes: dag.steps.map(step => node(state, step.name, step)),
    ...handlerNodes(state, dag),
  }
}

/** The edge is the main instance, which clients know as `local`. */
const workerIdOf = (runnerId: string, hostname: string | null): string =>
  runnerId === EDGE_RUNNER ? MAIN_RUNNER : (hostname ?? runnerId)

/** The profile by name and, once an attempt has read it, when and which keys: never values. */
function profileJson({ spec, profile }: RunState['head']): Partial<DAGRunDetails> {
  if (spec.profile === undefined) return {}
  return {
    profileName: spec.profile,
    ...(profile && { profileResolvedAt: clock(profile.resolvedAt), profileEntries: profile.entries }),
  }
}

/** Handlers, and the mails that were on their way. */
function handlerNodes(state: RunState, dag: Dag): { [K in SideNodeName]?: DAGRunNode } {
  const shown = [...sideNodes(dag)].filter(([name, { kind }]) => !isMailKind(kind) || state.steps.has(name))
  return Object.fromEntries(shown.map(([name, { step }]) => [name, node(state, name, step)]))
}

/** One node by name, as in the details: what a live patch carries. */
export function nodeDetails(state: RunState, dag: Dag, name: string): DAGRunNode | null {
  const step = dag.steps.find(each => each.name === name) ?? sideNodes(dag).get(name)?.step
  return step ? node(state, name, step) : null
}

function node(state: RunState, name: string, step: Step): DAGRunNode {
  const record = state.steps.get(name)
  const status = record?.status ?? 'not_started'
  const blank = state.head.status === 'queued' ? '-' : ''
  return {
    step: stepJson(name, step, record),
    status: STEP_STATUS_CODES[status],
    statusLabel: status,
    startedAt: record?.startedAt === undefined ? blank : clock(record.startedAt),
    finishedAt: record?.finishedAt === undefined ? blank : clock(record.finishedAt),
    doneCount: record?.doneCount ?? 0,
    retryCount: record?.retryCount ?? 0,
    stdout: record?.stdoutPath ?? '',
    stderr: record?.stderrPath ?? '',
    ...subRunsOfNode(state, name),
    ...(record && recordJson(state, record)),
    ...(step.id !== undefined && { id: step.id }),
  }
}

function recordJson(state: RunState, record: StepRecord): Partial<DAGRunNode> {
  const silent = record.status === 'running' && record.nextAt === undefined && state.head.lost !== null
  return {
    ...(record.startedAt !== undefined && { startedAtMs: record.startedAt }),
    ...(record.finishedAt !== undefined && { finishedAtMs: record.finishedAt }),
    ...optional('error', record.error),
    ...optional('exitCode', record.exitCode),
    ...optional('host', record.host),
    ...(record.attempt > 0 && { attempt: record.attempt }),
    ...(record.repeated && { repeated: true }),
    ...(record.retriedAt !== undefined && { retriedAt: clock(record.retriedAt) }),
    ...((record.lost || silent) && { lost: true }),
    ...optional('reason', record.nextAt === undefined ? undefined : `goes on at ${clock(record.nextAt)}`),
    ...optional('manualBy', record.manual),
    ...optional('importedFrom', record.imported),
    ...approvalNodeJson(state, record),
    ...(Object.keys(variablesOf(record)).length > 0 && { outputVariables: variablesOf(record) }),
  }
}

function stepJson(name: string, step: Step, record: StepRecord | undefined): StepJson {
  const lines = record?.commands ?? step.commands
  return {
    name,
    ...optional('id', step.id),
    ...(step.description && { description: step.description }),
    commands: lines.map(commandJson),
    ...optional('script', step.script),
    ...(step.depends.length > 0 && { depends: step.depends }),
    ...(step.output?.kind === 'variable' && { output: step.output.name }),
    ...(step.type !== 'command' && { executorConfig: { type: step.type } }),
    ...optional('call', step.call),
    ...optional('approval', step.approval),
    ...optional('router', step.router),
    preconditions: conditionsOf(step.preconditions, record?.conditions ?? null),
  }
}

/** Words as the reference has them; `line` is what was written, where the words alone do not give it back. */
function commandJson(line: string): Command {
  const words = splitWords(line).map(word => word.text)
  const [command, ...args] = words
  return { command: command ?? '', args, ...(words.join(' ') !== line && { line }) }
}

function conditionsOf(declared: Condition[], results: ConditionResult[] | null): Precondition[] {
  if (results && results.length > 0) {
    return results.map(({ condition, expected, met, error }) => ({
      condition,
      ...optional('expected', expected),
      ...(met ? {} : { error: error ?? 'condition was not met' }),
    }))
  }
  return declared.map(({ condition, expected, negate }) => ({
    condition,
    ...optional('expected', expected),
    ...(negate && { negate: true }),
  }))
}

const time = (epochMs: number | null): string => (epochMs === null ? '' : clock(epochMs))

function optional<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return (value === undefined || value === null ? {} : { [key]: value }) as { [P in K]?: V }
}
