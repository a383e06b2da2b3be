// Details of runs for tests that care about a few of their members only.
import type { DAGRunDetails, DAGRunNode } from '@edgedag/core/api/generated/answers'
import { noRunJson } from '../run-json.ts'

export const fakeDetails = (members: Partial<DAGRunDetails>): DAGRunDetails => ({
  ...noRunJson('hello'),
  nodes: [],
  ...members,
})

export const fakeNode = (name: string, status: number): DAGRunNode => ({
  step: { name, preconditions: [] },
  status,
  statusLabel: 'not_started',
  startedAt: '',
  finishedAt: '',
  doneCount: 0,
  retryCount: 0,
  stdout: '',
  stderr: '',
  subRuns: [],
  subRunsRepeated: [],
})
