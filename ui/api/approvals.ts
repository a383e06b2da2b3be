// Calls about steps that wait for a person. `iteration` is what the page knew of: somebody who was faster is told about by a 409.

import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { addressSegments } from '../lib/run-address.ts'
import { post, segments } from './client.ts'

export interface StepAddress {
  name: string
  id: string
  step: string
  iteration: number
}

const path = ({ name, id, step }: StepAddress, verb: string): string =>
  `/dag-runs${addressSegments(name, id)}/steps${segments(step)}/${verb}`

export const approveStep = (
  at: StepAddress,
  inputs: Record<string, string>,
): Promise<Answers['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/approve']> =>
  post(path(at, 'approve'), {
    inputs,
    approvalIteration: at.iteration,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/approve'])

export const pushBackStep = (
  at: StepAddress,
  inputs: Record<string, string>,
): Promise<Answers['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/push-back']> =>
  post(path(at, 'push-back'), {
    inputs,
    approvalIteration: at.iteration,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/push-back'])

export const rejectStep = (
  at: StepAddress,
  reason: string,
): Promise<Answers['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/reject']> =>
  post(path(at, 'reject'), {
    reason,
    approvalIteration: at.iteration,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/reject'])
