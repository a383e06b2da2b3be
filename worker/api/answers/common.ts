// Pieces of answers that several nouns share.
import { z } from '@hono/zod-openapi'

/** A time as answers print it. */
export const Time = z.string().describe('RFC 3339; empty: not yet')
export const Count = z.number().int()
export const ErrorTexts = z.array(z.string()).nullable().describe('Null: none')
/** JSON of the user's own: whatever members it has. */
export const OwnJson = z.record(z.string(), z.unknown())

export const ProblemJson = z
  .object({
    code: z.string(),
    message: z.string(),
    path: z.string().optional().describe('Of the field, as `steps[1].command`'),
    line: Count.optional(),
    column: Count.optional(),
    hint: z.string().optional().describe('What to do about it'),
  })
  .openapi('SpecProblem')

export const PaginationJson = z
  .object({
    currentPage: Count,
    nextPage: Count,
    prevPage: Count,
    totalPages: Count,
    totalRecords: Count,
  })
  .openapi('Pagination')

export const Started = z.object({ dagRunId: z.string() }).openapi('StartedRun')

/** A page of a list: the way to what follows is absent on the last one. */
export const nextCursor = z.string().optional().describe('Absent: this is the last page')
