// What a search finds: DAG files, documents, and lines in them.
import { z } from '@hono/zod-openapi'
import { Count, nextCursor, Time } from './common.ts'
import { ScheduleJson } from './definition.ts'
import { RunStatusCode, RunStatusLabel } from './run.ts'

const LineMatchJson = z
  .object({ line: z.string().describe('With the lines around it'), lineNumber: Count, startLine: Count })
  .openapi('LineMatch')

export const MatchesJson = z
  .object({ matches: z.array(LineMatchJson), hasMore: z.boolean(), nextCursor })
  .openapi('LineMatches')

export const FoundDagsJson = z
  .object({
    results: z.array(
      z.object({
        name: z.string().describe('Name of the file'),
        dag: z.object({ name: z.string(), schedule: z.array(ScheduleJson).nullable() }),
        matches: z.array(LineMatchJson),
      }),
    ),
    errors: z.array(z.string()),
  })
  .openapi('FoundDAGs')

const more = { hasMoreMatches: z.boolean(), nextMatchesCursor: z.string().optional() }

export const DagFeedJson = z
  .object({
    results: z.array(z.object({ fileName: z.string(), name: z.string(), matches: z.array(LineMatchJson), ...more })),
    hasMore: z.boolean(),
    nextCursor,
  })
  .openapi('DAGSearchPage')

export const DocLineJson = z
  .object({ id: z.string(), title: z.string(), description: z.string(), createdAt: Time, updatedAt: Time })
  .openapi('DocumentLine')

const FoundDocJson = DocLineJson.extend({ matches: z.array(LineMatchJson) }).openapi('FoundDocument')
export const FoundDocsJson = z.object({ results: z.array(FoundDocJson) }).openapi('FoundDocuments')
export const DocFeedJson = z
  .object({ results: z.array(FoundDocJson.extend(more)), hasMore: z.boolean(), nextCursor })
  .openapi('DocumentSearchPage')

const logPlace = {
  name: z.string(),
  dagRunId: z.string(),
  status: RunStatusCode,
  statusLabel: RunStatusLabel,
  startedAt: Time,
  subDagName: z.string().optional().describe('Of a run that this one has called'),
  subDagRunId: z.string().optional(),
  step: z.string(),
  attempt: Count,
  stream: z.enum(['stdout', 'stderr']),
}

/** What a search of logs says, line by line. */
export const LogSearchLineJson = z
  .union([
    z
      .object({ type: z.literal('match'), ...logPlace, line: z.string(), lineNumber: Count.describe('From 1') })
      .openapi('LogMatch'),
    z
      .object({ type: z.literal('unsearched'), ...logPlace, why: z.string() })
      .openapi('UnsearchedLog', { description: 'A log that could not be looked at to its end' }),
    z
      .object({
        type: z.literal('end'),
        reason: z.enum(['complete', 'hits', 'runs', 'bytes', 'time']),
        runs: Count,
        bytes: Count,
        unsearched: Count.describe('Logs that were not looked at to their end'),
        nextCursor,
      })
      .openapi('LogSearchEnd'),
  ])
  .openapi('LogSearchLine')
