// The frames between a runner agent and the control plane: JSON text over one WebSocket, versioned by the hello.
// Promise: a frame that does not parse is refused whole, never half understood.
import { z } from 'zod'
import { SealedItem } from '../vault/sealed-params.ts'
import { Epoch, Name, RunId, Stream } from './fields.ts'
import { Plan, RunContext, StopOrder } from './plans.ts'

/** Grows when a frame changes its meaning; the control plane accepts MIN_PROTOCOL..PROTOCOL. */
export const PROTOCOL = 1
export const MIN_PROTOCOL = 1

/** Small logs travel inside `finished`: at most this many bytes of a stream. */
export const INLINE_LOG_BYTES = 32 * 1024
/** A frame is cut before it grows over this many bytes. */
export const MAX_FRAME_BYTES = 1024 * 1024
/** Items of one `children` event at most. */
export const CHILDREN_IN_EVENT = 40
/** A step calls at most so many runs. */
export const MAX_CHILDREN = 1000
/** Text of a called file, and of the parameters of one child. */
export const MAX_CALLED_TEXT = 512 * 1024

/** So many finished results may wait for an answer; then the agent starts nothing new in that run. */
export const MAX_UNACKED_RESULTS = 8

export const ConditionResult = z.object({
  condition: z.string(),
  expected: z.string().optional(),
  met: z.boolean(),
  /** Why it was not met or could not be evaluated. */
  error: z.string().optional(),
})
export type ConditionResult = z.infer<typeof ConditionResult>

/** Where a finished stream ended. `text` is there when all of it fits inline; else segments hold it. */
export const LogEnd = z.object({
  /** Final length in bytes of what is kept. */
  bytes: z.number(),
  lines: z.number(),
  text: z.string().optional(),
  /** Bytes dropped by a cap. */
  dropped: z.number().optional(),
})
export type LogEnd = z.infer<typeof LogEnd>

/** What only the host can know after a step, for the Run's policies (semantics 12). */
export const Facts = z.object({
  /** continue_on.output matched the log. */
  continueOnOutput: z.boolean().optional(),
  /** The repeat condition: met, not met, or why it could not be evaluated. */
  repeatCondition: z.enum(['met', 'unmet', 'error']).optional(),
  /** Expressions of the policies, evaluated to numbers. */
  retryLimit: z.number().optional(),
  retryIntervalSec: z.number().optional(),
  repeatLimit: z.number().optional(),
  repeatIntervalSec: z.number().optional(),
  repeatMaxIntervalSec: z.number().optional(),
})
export type Facts = z.infer<typeof Facts>

export const ProfileRead = z.object({
  /** Epoch ms. */
  resolvedAt: Epoch,
  entries: z.array(z.object({ key: z.string(), kind: z.enum(['variable', 'secret']) })).max(2000),
})

const InPlan = { plan: z.string(), fence: z.number(), at: Epoch }
const OfStep = { ...InPlan, step: Name, attempt: z.number() }

export const AgentEvent = z.discriminatedUnion('type', [
  /** The run scope is ready (dotenv, env, params, secrets, DAG preconditions), or why it is not. */
  z.object({
    type: z.literal('prepared'),
    ...InPlan,
    params: z.array(z.object({ name: z.string(), value: z.string() })),
    paramsDisplay: z.string(),
    conditions: z.array(ConditionResult),
    /** Set: the run fails before any step. */
    error: z.string().optional(),
    workDir: z.string(),
    /** What was taken from the run's profile: names, never values. */
    profile: ProfileRead.optional(),
    logFile: z.string().optional(),
    /** DAG_RUN_ARTIFACTS_DIR; absent: artifacts are not enabled. */
    artifactsDir: z.string().optional(),
  }),
  z.object({
    type: z.literal('started'),
    /** At the edge, where an instance may be forgotten: which one begins the step. */
    by: z.string().max(64).optional(),
    ...OfStep,
    pid: z.number().optional(),
    /** Commands with variables filled in, secrets masked. */
    commands: z.array(z.string()).optional(),
    stdoutPath: z.string().optional(),
    stderrPath: z.string().optional(),
  }),
  z.object({
    type: z.literal('finished'),
    ...OfStep,
    /** Absent when no process was started (skipped, failed before start). */
    startedAt: Epoch.optional(),
    outcome: z.enum(['succeeded', 'failed', 'skipped', 'aborted', 'timed_out', 'lost']),
    exitCode: z.number(),
    error: z.string().optional(),
    conditions: z.array(ConditionResult).optional(),
    /** Captured variables, masked where they hold a secret. */
    outputs: z.record(z.string(), z.string()).optional(),
    /** Keys of structured output, step-scoped. */
    structured: z.record(z.string(), z.unknown()).optional(),
    /** Outputs and structured values as they are, encrypted under the run's key; absent: they hold no secret. */
    sealed: z
      .string()
      .max(4 * 1024 * 1024)
      .optional(),
    facts: Facts.optional(),
    stdout: LogEnd.optional(),
    stderr: LogEnd.optional(),
    stdoutPath: z.string().optional(),
    stderrPath: z.string().optional(),
    commands: z.array(z.string()).optional(),
  }),
  /**
   * A step that calls DAGs is evaluated: the Run runs the children, and the plan ends here. Long lists come in several events,
   * in order and without a gap.
   */
  z.object({
    type: z.literal('children'),
    ...OfStep,
    /** Name or path, evaluated. */
    target: z.string().min(1).max(4096),
    /** Text of the file that the target names on this host; absent: the target is a name. */
    text: z.string().max(MAX_CALLED_TEXT).optional(),
    parallel: z.boolean(),
    /** Position of the first item. */
    from: z.number().int().nonnegative(),
    /** Parameters; those that hold a secret are masked, and sealed beside. */
    items: z
      .array(z.object({ params: z.string().max(MAX_CALLED_TEXT), sealed: SealedItem.optional() }))
      .max(CHILDREN_IN_EVENT),
    last: z.boolean(),
    /** Children at once; absent: no limit. */
    maxConcurrent: z.number().int().positive().optional(),
    /** Working directory that children inherit, where one was set. */
    workingDir: z.string().optional(),
    conditions: z.array(ConditionResult).optional(),
  }),
  /** The agent's own account of the end of a plan; without it the first step without a result is lost. */
  z.object({
    type: z.literal('plan_ended'),
    ...InPlan,
    /** `unprepared`: nothing of it was started, since the host does not have the run's context or has not prepared it. */
    reason: z.enum(['completed', 'step', 'stopped', 'run_timeout', 'refused', 'unprepared', 'lost']),
    error: z.string().optional(),
  }),
  /** A sealed log segment is in R2. */
  z.object({
    type: z.literal('segment'),
    at: Epoch,
    step: Name,
    attempt: z.number(),
    stream: Stream,
    seq: z.number(),
    offset: z.number(),
    bytes: z.number(),
    lines: z.number(),
    sha256: z.string(),
  }),
  /** Files of the run's artifacts directory are in R2, as the manifest of this number lists them. */
  z.object({
    type: z.literal('artifacts'),
    at: Epoch,
    /** Attempt of the run, as the host knows it. */
    attempt: z.number(),
    /** Grows with each manifest of this host; 0: there are no files. */
    manifest: z.number(),
    files: z.number(),
    bytes: z.number(),
    /** Of the manifest's text; '' where there is none. */
    sha256: z.string(),
    /** Nothing more comes in this attempt. */
    settled: z.boolean(),
    /** What was left out, and why. */
    warnings: z.array(z.string().max(1000)).max(20),
  }),
  /** All processes named by a stop order are dead, nothing more will start under it. */
  z.object({ type: z.literal('stopped'), at: Epoch, stop: z.string() }),
])
export type AgentEvent = z.infer<typeof AgentEvent>

export const Hello = z.object({
  type: z.literal('hello'),
  protocol: z.number(),
  version: z.string(),
  bootId: z.string(),
  host: z.object({ hostname: z.string(), os: z.string(), arch: z.string() }),
  labels: z.record(z.string(), z.string()),
  /** Step processes it will run at once. */
  capacity: z.number().int().positive(),
  now: Epoch,
  /**
   * Every run whose plans or unanswered reports are still on the host. A plan is listed until its `plan_ended` has been
   * acknowledged: one that is missing here counts as dead.
   */
  runs: z.array(z.object({ runId: RunId, plans: z.array(z.object({ plan: z.string(), fence: z.number() })) })),
})
export type Hello = z.infer<typeof Hello>

export const Report = z.object({
  type: z.literal('report'),
  runId: RunId,
  /** Grows by one per report of a run; resent unchanged until it is answered. */
  seq: z.number().int(),
  events: z.array(AgentEvent).max(4096),
})
export type Report = z.infer<typeof Report>

export const ReadResult = z.object({
  type: z.literal('read_result'),
  id: z.string(),
  /** UTF-8 text from `offset`; a cut character is left for the next read. */
  text: z.string(),
  offset: z.number(),
  /** Bytes that `text` stands for. */
  bytes: z.number(),
  /** Present size of the file in bytes. */
  size: z.number(),
  error: z.string().optional(),
})
export type ReadResult = z.infer<typeof ReadResult>

/** Live tail, best effort: new text of a followed stream. */
export const Tail = z.object({
  type: z.literal('tail'),
  runId: RunId,
  step: Name,
  attempt: z.number(),
  stream: Stream,
  offset: z.number(),
  text: z.string(),
  bytes: z.number(),
})
export type Tail = z.infer<typeof Tail>

/** What was kept of these runs on the host is gone. */
export const Forgotten = z.object({ type: z.literal('forgotten'), runIds: z.array(RunId).max(1000) })

export const FromAgent = z.discriminatedUnion('type', [Hello, Report, ReadResult, Tail, Forgotten])
export type FromAgent = z.infer<typeof FromAgent>

export const ToAgent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), protocol: z.number(), runnerId: z.string(), now: Epoch }),
  z.object({
    type: z.literal('refused'),
    code: z.enum(['protocol_mismatch', 'revoked', 'replaced']),
    message: z.string(),
    server: z.string(),
    agent: z.string(),
  }),
  /** The answer to a report (with `ack`), or news for a run. */
  z.object({
    type: z.literal('run'),
    runId: RunId,
    ack: z.number().optional(),
    context: RunContext.optional(),
    plans: z.array(Plan).optional(),
    stop: StopOrder.optional(),
    /** The run is terminal: nothing more will come; `unknown` runs end too. */
    end: z.enum(['finished', 'unknown']).optional(),
    /** A frame of a stale fence: end these plans and kill their processes. */
    stale: z.array(z.string()).optional(),
    /** Journal number of the run as of this frame: on its way it may be overtaken by a later one, and is void then. */
    rev: z.number().optional(),
    /** The answer to a hello: what the run is now, whatever came before (its storage may have been set back). */
    hello: z.boolean().optional(),
  }),
  /** Read bytes of a log file on the host. A negative offset counts from the end. */
  z.object({
    type: z.literal('read'),
    id: z.string(),
    runId: RunId,
    step: Name,
    attempt: z.number(),
    stream: Stream,
    offset: z.number(),
    bytes: z.number(),
  }),
  /** Follow a stream (or stop following): the agent pushes `tail` frames, at most 4 a second. */
  z.object({
    type: z.literal('follow'),
    runId: RunId,
    step: Name,
    attempt: z.number(),
    stream: Stream,
    offset: z.number(),
    on: z.boolean(),
  }),
  /** Delete what is kept of these runs on the host; answered by `forgotten`. */
  z.object({ type: z.literal('forget'), runIds: z.array(RunId) }),
])
export type ToAgent = z.infer<typeof ToAgent>
export type RunFrame = Extract<ToAgent, { type: 'run' }>
