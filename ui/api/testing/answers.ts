// Answers of the API for tests that care about a few of their members only.
import type { DagListItem, RunDetails, RunNode, RunSummary, StepDefinition } from '../types.ts'

export const stepOf = (name: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  name,
  preconditions: [],
  ...more,
})

/** `statusLabel` may be a word of a later server. */
export const nodeOf = (name: string, statusLabel: string, more: Partial<RunNode> = {}): RunNode => ({
  step: stepOf(name),
  status: 0,
  statusLabel: statusLabel as RunNode['statusLabel'],
  startedAt: '',
  finishedAt: '',
  doneCount: 0,
  retryCount: 0,
  stdout: '',
  stderr: '',
  subRuns: [],
  subRunsRepeated: [],
  ...more,
})

export const summaryOf = (name: string, statusLabel: string, more: Partial<RunSummary> = {}): RunSummary => ({
  name,
  dagRunId: 'r1',
  status: 0,
  statusLabel: statusLabel as RunSummary['statusLabel'],
  startedAt: '',
  finishedAt: '',
  autoRetryCount: 0,
  autoRetryLimit: null,
  artifactsAvailable: false,
  labels: null,
  tags: null,
  ...more,
})

export const runOf = (statusLabel: string, more: Partial<RunDetails> = {}): RunDetails => ({
  ...summaryOf('etl', statusLabel),
  nodes: [],
  ...more,
})

export const listItemOf = (name: string, latestDAGRun: RunSummary, more: Partial<DagListItem> = {}): DagListItem => ({
  fileName: name,
  filePath: `${name}.yaml`,
  suspended: false,
  errors: [],
  dag: { name, labels: [], tags: [] },
  latestDAGRun,
  ...more,
})
