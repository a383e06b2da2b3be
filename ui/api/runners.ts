// Calls about runners.
import { get, post, request, segments } from './client.ts'

export interface Runner {
  /** What people call it. */
  id: string
  runnerId: string
  hostname: string
  labels: Record<string, string>
  healthStatus: 'healthy' | 'warning' | 'unhealthy'
  lastHeartbeatAt: string
  /** Step processes that it takes at once, and those it has. */
  totalPollers: number
  busyPollers: number
  draining?: boolean
  runningTasks: { dagName: string; dagRunId: string; rootDagRunName: string; rootDagRunId: string; startedAt: string }[]
}

export const runnerKeys = { list: ['runners'] as const }

export const fetchRunners = (signal?: AbortSignal): Promise<{ workers: Runner[] }> => get('/workers', signal)

/** A token with which one runner can enrol, for a quarter of an hour. */
export const createEnrolment = (labels: Record<string, string>): Promise<{ token: string; expiresAt: string }> =>
  post('/runners/enrolments', { labels })

/** A draining runner takes no new work; what it has goes on. */
export const drainRunner = (runnerId: string, drain: boolean): Promise<{ draining: boolean }> =>
  post(`/workers${segments(runnerId)}/drain`, { drain })

export const revokeRunner = (runnerId: string): Promise<void> => request('DELETE', `/runners${segments(runnerId)}`)
