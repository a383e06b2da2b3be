// Queues and what is in them.
import { z } from '@hono/zod-openapi'
import { Count, nextCursor, Time } from './common.ts'
import { RunSummaryJson } from './run.ts'

export const QueueJson = z
  .object({
    name: z.string(),
    type: z.enum(['global', 'dag-based']),
    maxConcurrency: Count,
    paused: z.boolean(),
    configured: z.boolean().describe('It has a size of its own: people, or the configuration file, have set it'),
    configFile: z.string().optional().describe('The configuration file that sets it'),
    leaving: z.boolean().optional().describe('It is configured no longer, and goes when nothing is in it'),
    runningCount: Count,
    queuedCount: Count,
    averageRunMs: Count.optional().describe('How long a run held its slot lately'),
    running: z.array(RunSummaryJson).describe('At most 100'),
  })
  .openapi('Queue')

export const QueuesJson = z
  .object({
    queues: z.array(QueueJson),
    summary: z.object({
      totalQueues: Count,
      totalRunning: Count,
      totalQueued: Count,
      totalCapacity: Count,
      utilizationPercentage: z.number(),
    }),
  })
  .openapi('Queues')

export const QueuedRunJson = RunSummaryJson.extend({
  priority: z.enum(['high', 'low']),
  position: Count.describe('From 1'),
  expectedStart: Time.optional(),
}).openapi('QueuedDAGRun')

export const QueueItemsJson = z.object({ items: z.array(QueuedRunJson), nextCursor }).openapi('QueueItems')
