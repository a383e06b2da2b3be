// What an agent gets to do: plans under a fence, what a run needs for them, and orders to end them.
import { z } from 'zod'
import { Name, RunId } from './fields.ts'

/** What a mail of a run says: names, times (epoch ms) and errors, already masked. */
export const RunMail = z.object({
  dag: z.string(),
  runId: z.string(),
  attempt: z.number(),
  status: z.string(),
  /** For the subject: the run's status, or which steps have failed. */
  about: z.string(),
  params: z.string(),
  startedAt: z.number().optional(),
  error: z.string().optional(),
  steps: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      /** The one that the status is of. */
      attempt: z.number(),
      startedAt: z.number().optional(),
      finishedAt: z.number().optional(),
      error: z.string().optional(),
    }),
  ),
  /** Steps that are not listed. */
  more: z.number(),
})
export type RunMail = z.infer<typeof RunMail>

export const PlanItem = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare') }),
  z.object({
    kind: z.literal('step'),
    /** Step name, or a handler's node name (`onInit`, ...). */
    step: Name,
    attempt: z.number(),
    /** Variables that only the Run knows: DAG_RUN_STATUS, DAG_WAITING_STEPS, DAG_PUSHBACK... */
    env: z.record(z.string(), z.string()).optional(),
    /** The children of this attempt are over: publish this as what the step wrote to stdout, and how it ended. */
    conclude: z
      .object({
        text: z.string(),
        exitCode: z.number(),
        error: z.string().optional(),
        /** Outputs of children in the text are masked: the attempt's secrets have them as they are. */
        sealed: z.boolean().optional(),
      })
      .optional(),
    /** Of a mail of the run: what it says. Filled in when the plan is sent. */
    mail: RunMail.optional(),
  }),
])
export type PlanItem = z.infer<typeof PlanItem>

/** A segment of the run under one fence; the agent starts the next item after a plain success only. */
export const Plan = z.object({
  plan: z.string(),
  fence: z.number(),
  items: z.array(PlanItem).min(1),
  /** To the edge: who (`by`) started the newest of its steps, if one is known to be started. Whoever has no memory of that must not begin it. */
  begun: z.string().max(64).optional(),
})
export type Plan = z.infer<typeof Plan>

/** What an agent needs once per run (or again, when it says that it has lost it). */
export const RunContext = z.object({
  runId: RunId,
  /** Attempt of the run, from 1. */
  attempt: z.number(),
  attemptId: z.string(),
  /** Grows within an attempt when the run goes on after people had their say: inputs and time limit are new. Absent: 0. */
  rev: z.number().optional(),
  /** The pinned, normalised DAG (core/spec/dag.ts). */
  dag: z.unknown(),
  /** Start-time parameters as given: text or a JSON object. */
  params: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  /** In place of `params`: they hold a secret of the run that has called this one. */
  sealedParams: z.object({ text: z.string(), binding: z.string() }).optional(),
  /** Outputs of runs that it has called hold secrets of theirs: keys and values are asked for when the run is prepared. */
  sealedOutputs: z.boolean().optional(),
  source: z.object({ dir: z.string() }).optional(),
  /** Runtime profile: its values are asked for when the run is prepared. */
  profile: z.string().optional(),
  /** The installation or the workspace has default values. */
  defaults: z.boolean().optional(),
  /** Working directory of the run that has called this one. */
  parentWorkingDir: z.string().optional(),
  trigger: z.string(),
  /** WEBHOOK_PAYLOAD (here, or to be fetched as this blob of the run) and WEBHOOK_HEADERS. */
  webhook: z.object({ payload: z.string().optional(), blob: z.string().optional(), headers: z.string() }).optional(),
  /** Due time of a scheduled run, RFC 3339. */
  scheduledAt: z.string().optional(),
  /** Milliseconds that the DAG's timeout leaves from receipt; absent: none. */
  timeoutMs: z.number().optional(),
  /** Finished steps of earlier attempts whose results later steps may name. */
  results: z.record(
    z.string(),
    z.object({
      status: z.string(),
      exitCode: z.number(),
      outputs: z.record(z.string(), z.string()).optional(),
      structured: z.record(z.string(), z.unknown()).optional(),
      sealed: z.string().optional(),
      stdoutPath: z.string().optional(),
      stderrPath: z.string().optional(),
      /** Given by the person who approved the step: variables of the steps behind it. */
      inputs: z.record(z.string(), z.string()).optional(),
    }),
  ),
  /** HMAC key (base64url) that signs this run's log segment uploads. */
  uploadKey: z.string(),
})
export type RunContext = z.infer<typeof RunContext>

export const StopOrder = z.object({
  id: z.string(),
  reason: z.enum(['user', 'abandon', 'run_timeout']),
  /** Plans to end; absent: all of the run. */
  plans: z.array(z.string()).optional(),
})
export type StopOrder = z.infer<typeof StopOrder>
