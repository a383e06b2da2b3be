// Workers, and what the control plane has cost.
import { z } from '@hono/zod-openapi'
import { Count, Time } from './common.ts'

const TaskJson = z.object({
  dagName: z.string(),
  dagRunId: z.string(),
  rootDagRunName: z.string(),
  rootDagRunId: z.string(),
  parentDagRunName: z.string(),
  parentDagRunId: z.string(),
  startedAt: Time,
})

export const WorkerJson = z
  .object({
    id: z.string().describe('What people call it'),
    runnerId: z.string(),
    hostname: z.string(),
    labels: z.record(z.string(), z.string()),
    draining: z.boolean(),
    drainingSince: Time.optional(),
    healthStatus: z.enum(['healthy', 'warning', 'unhealthy']),
    lastHeartbeatAt: Time,
    totalPollers: Count.describe('Step processes that it takes at once'),
    busyPollers: Count,
    runningTasks: z.array(TaskJson),
  })
  .openapi('Worker')

export const CountersJson = z
  .object({
    rows: Count,
    commits: Count,
    requests: Count,
    alarms: Count,
    messages: Count,
    classA: Count,
    classB: Count,
  })
  .openapi('Counters')
