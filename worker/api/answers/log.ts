// Lines of a log.
import { z } from '@hono/zod-openapi'
import { Count } from './common.ts'

export const LogPageJson = z
  .object({
    content: z.string(),
    lineCount: Count.describe('Lines in `content`'),
    totalLines: Count,
    hasMore: z.boolean(),
    isEstimate: z.boolean().optional().describe('`totalLines` is a lower bound'),
    isGrowing: z.boolean().optional().describe('More may come, or in place of what is said to be missing: ask again'),
    startOffset: Count.describe('Bytes of the stream before `content`'),
    endOffset: Count.describe('Bytes of the stream up to the end of `content`: live text goes on there'),
  })
  .openapi('LogPage')
