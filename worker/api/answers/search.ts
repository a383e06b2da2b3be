// What a search finds: DAG files, documents, and lines in them.
import { z } from '@hono/zod-openapi'
import { Count, nextCursor, Time } from './common.ts'
import { ScheduleJson } from './definition.ts'

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
