// Calls about runners.

import type { Answers, Worker } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, request, segments } from './client.ts'

export type { Worker as Runner } from '@edgedag/core/api/generated/answers'

export const runnerKeys = { list: ['runners'] as const }

export const fetchRunners = (signal?: AbortSignal): Promise<Answers['GET /workers']> => get('/workers', signal)

/** A token with which one runner can enrol, for a quarter of an hour. */
export const createEnrolment = (
  labels: Record<string, string>,
  docs: Worker['docs'],
): Promise<Answers['POST /runners/enrolments']> =>
  post('/runners/enrolments', { labels, docs } satisfies Bodies['POST /runners/enrolments'])

/** A draining runner takes no new work; what it has goes on. */
export const drainRunner = (runnerId: string, drain: boolean): Promise<Answers['POST /workers/{workerId}/drain']> =>
  post(`/workers${segments(runnerId)}/drain`, { drain } satisfies Bodies['POST /workers/{workerId}/drain'])

/** Which documents it gets from now on. */
export const setRunnerDocs = (
  runnerId: string,
  docs: Worker['docs'],
): Promise<Answers['PUT /workers/{workerId}/docs']> =>
  put(`/workers${segments(runnerId)}/docs`, docs satisfies Bodies['PUT /workers/{workerId}/docs'])

export const revokeRunner = (runnerId: string): Promise<void> => request('DELETE', `/runners${segments(runnerId)}`)
