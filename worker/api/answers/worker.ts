// Workers, and what the control plane has cost.
import { isWorkspaceName } from '@edgedag/core/spec/workspace'
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

export const DocsGrantJson = z
  .object({
    access: z.enum(['none', 'read', 'write']),
    workspaces: z
      .array(z.string().refine(isWorkspaceName, 'not the name of a workspace'))
      .max(100)
      .optional()
      .describe('Whose documents it gets, `default`: those of no workspace; absent: all'),
  })
  .describe('Documents that the credential of a runner reaches')

export const WorkerJson = z
  .object({
    id: z.string().describe('What people call it'),
    runnerId: z.string(),
    hostname: z.string(),
    labels: z.record(z.string(), z.string()),
    docs: DocsGrantJson,
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
