// Runs as answers show them: lines of lists, and details with every node.
import { SIDE_NODE_NAMES, type SideNodeName } from '@edgedag/core/run/mail-nodes'
import { RUN_STATUS_CODES, STEP_STATUS_CODES } from '@edgedag/core/run/status'
import { z } from '@hono/zod-openapi'
import { Count, OwnJson, Time } from './common.ts'
import { ConditionJson, StepJson } from './definition.ts'

const words = (codes: Record<string, number>): string =>
  Object.entries(codes)
    .map(([word, code]) => `${code} ${word}`)
    .join(', ')
const keysOf = <T extends Record<string, number>>(codes: T) => Object.keys(codes) as [keyof T & string]

export const RunStatusCode = Count.describe(words(RUN_STATUS_CODES))
export const RunStatusLabel = z.enum(keysOf(RUN_STATUS_CODES)).openapi('RunStatus')
const NodeStatusLabel = z.enum(keysOf(STEP_STATUS_CODES)).openapi('NodeStatus')

const QueuePlaceJson = z
  .object({
    queue: z.string(),
    position: Count,
    total: Count,
    running: Count,
    maxConcurrency: Count,
    paused: z.boolean(),
    expectedStart: Time.optional().describe('A guess; absent: there is nothing to guess from'),
  })
  .openapi('QueuePlace')

export const RunSummaryJson = z
  .object({
    name: z.string(),
    dagRunId: z.string().describe('Empty: the DAG has no run'),
    rootDAGRunName: z.string().optional(),
    rootDAGRunId: z.string().optional(),
    sourceFileName: z.string().optional().describe('Absent: it was started from a text'),
    status: RunStatusCode,
    statusLabel: RunStatusLabel,
    triggerType: z.string().optional(),
    workerId: z.string().optional(),
    params: z.string().optional(),
    profileName: z.string().optional().describe('Absent: it was started without one'),
    createdAtMs: z.number().optional().describe('Epoch ms; lists are in its order, newest first'),
    queuedAt: Time.optional(),
    scheduleTime: Time.optional(),
    startedAt: Time,
    finishedAt: Time,
    autoRetryCount: Count,
    autoRetryLimit: Count.nullable(),
    nextRetryAt: Time.optional().describe("The DAG's own policy retries the run then"),
    artifactsAvailable: z.boolean(),
    labels: z.array(z.string()).nullable(),
    tags: z.array(z.string()).nullable().describe('`labels` under their former name'),
    reason: z.string().optional().describe('Why it does not simply go on, or why it failed'),
    steps: z.object({ total: Count, done: Count }).optional(),
    quarantined: z
      .union([z.boolean(), z.object({ since: z.number(), error: z.string() })])
      .optional()
      .describe('It cannot go on: lists say so, details say why'),
    queueName: z.string().optional(),
    queuePlace: QueuePlaceJson.optional(),
  })
  .openapi('DAGRunSummary')

const subRun = {
  dagName: z.string(),
  dagRunId: z.string(),
  params: z.string(),
  status: RunStatusCode,
  statusLabel: RunStatusLabel,
  error: z.string().optional(),
  refused: z.boolean().optional().describe('It never came to life: there is no such run'),
}
const SubRunRefJson = z.object(subRun).openapi('SubDAGRunReference')
export const SubRunJson = z
  .object({
    ...subRun,
    step: z.string(),
    startedAt: Time,
    finishedAt: Time,
    repeated: z.boolean().describe('Of an earlier repetition or attempt'),
    runner: z.string().optional(),
  })
  .openapi('SubDAGRun')

const Inputs = z.record(z.string(), z.string())

export const NodeJson = z
  .object({
    step: StepJson,
    status: Count.describe(words(STEP_STATUS_CODES)),
    statusLabel: NodeStatusLabel,
    startedAt: z.string().describe('RFC 3339; empty: not yet; `-`: the run is queued'),
    finishedAt: z.string(),
    doneCount: Count,
    retryCount: Count,
    stdout: z.string(),
    stderr: z.string(),
    subRuns: z.array(SubRunRefJson).describe('The first 100'),
    subRunsRepeated: z.array(SubRunRefJson),
    subRunCounts: z
      .object({ total: Count, repeated: Count })
      .catchall(Count)
      .optional()
      .describe('Called runs by status'),
    id: z.string().optional(),
    startedAtMs: z.number().optional().describe('Epoch ms: the texts are whole seconds'),
    finishedAtMs: z.number().optional(),
    error: z.string().optional(),
    exitCode: Count.optional(),
    host: z.string().optional(),
    attempt: Count.optional(),
    repeated: z.boolean().optional(),
    retriedAt: Time.optional(),
    lost: z.boolean().optional().describe('Its host is silent, or what became of it is not known'),
    reason: z.string().optional(),
    manualBy: z.string().optional().describe('Who has set its status by hand'),
    importedFrom: z.string().optional().describe('The run whose result it has taken over'),
    waitingSince: Time.optional(),
    approvedAt: Time.optional(),
    approvedBy: z.string().optional(),
    approvalInputs: Inputs.optional(),
    rejectedAt: Time.optional(),
    rejectedBy: z.string().optional(),
    rejectionReason: z.string().optional(),
    approvalIteration: Count.optional().describe(
      'The number of the push-back that it ran again by last, its own or that of a step before it',
    ),
    pushBackInputs: Inputs.optional(),
    pushBackHistory: z
      .array(z.object({ iteration: Count, at: Time, by: z.string().optional(), inputs: Inputs }))
      .optional(),
    outputVariables: Inputs.optional(),
  })
  .openapi('DAGRunNode')

const sideNodes = Object.fromEntries(SIDE_NODE_NAMES.map(name => [name, NodeJson.optional()])) as Record<
  SideNodeName,
  z.ZodOptional<typeof NodeJson>
>

export const RunDetailsJson = RunSummaryJson.extend({
  parentDAGRunName: z.string().optional(),
  parentDAGRunId: z.string().optional(),
  parentStepName: z.string().optional(),
  fileName: z.string().optional(),
  specFromFile: z.boolean().optional(),
  host: z.string().optional().describe('Name of the host behind `workerId`'),
  profileResolvedAt: Time.optional(),
  profileEntries: z.array(z.object({ key: z.string(), kind: z.enum(['variable', 'secret']) })).optional(),
  createdAt: Time.optional(),
  attempt: Count.optional(),
  attemptId: z.string().optional(),
  archiveDir: z.string().optional().describe('DAG_RUN_ARTIFACTS_DIR; absent: it keeps no artifacts'),
  log: z.string().optional().describe('Path on the host'),
  lane: z
    .object({ at: z.enum(['edge', 'runner']), reason: z.string() })
    .optional()
    .describe('Where its steps run, and why there'),
  error: z.string().optional(),
  preconditions: z.array(ConditionJson).optional(),
  nodes: z.array(NodeJson),
  ...sideNodes,
}).openapi('DAGRunDetails')

export const OutputsJson = z
  .object({
    metadata: z
      .object({
        dagName: z.string(),
        dagRunId: z.string(),
        attemptId: z.string(),
        status: z.string(),
        completedAt: Time,
        params: z.string().describe('A JSON list as text'),
      })
      .partial()
      .describe('Empty: it has no outputs'),
    outputs: OwnJson,
  })
  .openapi('DAGRunOutputs')

export const EditPreviewJson = z
  .object({
    dagName: z.string(),
    steps: z.array(z.object({ name: z.string(), changed: z.boolean(), canSkip: z.boolean() })),
    skippedSteps: z.array(z.string()),
    runnableSteps: z.array(z.string()),
    ineligibleSteps: z.array(z.object({ stepName: z.string(), reason: z.string() })),
    errors: z.array(z.string()),
    warnings: z.array(z.string()),
  })
  .openapi('EditRetryPreview')
export const EditedRunJson = z
  .object({
    dagRunId: z.string(),
    queued: z.boolean(),
    skippedSteps: z.array(z.string()),
    startedSteps: z.array(z.string()),
  })
  .openapi('EditedRun')
