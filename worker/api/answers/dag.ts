// DAGs as answers show them, and what a run of one would do.
import { HANDLER_NODE_NAMES, type HandlerKind } from '@edgedag/core/spec/dag'
import { z } from '@hono/zod-openapi'
import { Count, ErrorTexts, OwnJson, ProblemJson, Time } from './common.ts'
import { DagHeadJson, DagJson, ReadSpec } from './definition.ts'
import { RunDetailsJson, RunSummaryJson } from './run.ts'

export const DagListItemJson = z
  .object({
    fileName: z.string(),
    filePath: z.string(),
    suspended: z.boolean(),
    errors: z.array(z.string()),
    nextRun: Time.optional(),
    dag: DagHeadJson,
    latestDAGRun: RunSummaryJson,
  })
  .openapi('DAGListItem')

export const DagDetailsJson = z
  .object({
    fileName: z.string(),
    filePath: z.string(),
    suspended: z.boolean(),
    errors: z.array(z.string()),
    problems: z.array(ProblemJson),
    spec: z.string(),
    hash: z.string(),
    dag: DagJson.extend({ nextRun: Time.optional() }),
    localDags: z.array(z.object({ name: z.string(), dag: DagJson, errors: z.array(z.string()) })),
    latestDAGRun: RunDetailsJson,
  })
  .openapi('DAGDetails')

export const DagSpecJson = z
  .object({ spec: z.string(), hash: z.string().describe('To be sent back with a save'), ...ReadSpec })
  .openapi('DAGSpec')

export const ValidationJson = z.object({ valid: z.boolean(), ...ReadSpec }).openapi('DAGValidation')

export const SavedSpecJson = z
  .object({
    errors: ErrorTexts.describe('Null: it is saved'),
    problems: z.array(ProblemJson).optional(),
    warnings: z.array(ProblemJson).optional(),
    hash: z.string().describe('Of the text that is stored now'),
  })
  .openapi('SavedSpec')

export const HistoryJson = z
  .object({
    dagRuns: z.array(RunDetailsJson),
    gridData: z
      .array(z.object({ name: z.string(), history: z.array(Count) }))
      .describe('For each step its status in each of the runs; 0 where a run did not have it'),
  })
  .openapi('DAGHistory')

const HANDLERS = Object.keys(HANDLER_NODE_NAMES) as [HandlerKind]

export const DryRunJson = z
  .object({
    dagName: z.string(),
    params: z.array(z.object({ name: z.string(), value: z.string() })),
    workingDir: z.string(),
    steps: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        depends: z.array(z.string()),
        handler: z.enum(HANDLERS).optional(),
        when: z.array(z.string()).describe('Conditions in words'),
        text: z.array(z.string()).describe('Lines that would run, references filled in'),
        config: OwnJson.describe('Settings of typed steps'),
      }),
    ),
  })
  .openapi('DryRun')

export const SyncedJson = z
  .object({
    files: z.array(z.object({ fileName: z.string(), hash: z.string().optional(), errors: z.array(z.string()) })),
    removed: z.array(z.string()),
  })
  .openapi('SyncedSource')
