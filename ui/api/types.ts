// What the API answers, under the names that the dashboard uses for it.
import type {
  DAGRunDetails,
  DAGRunNode,
  SubDAGRun,
  SpecProblem as WrongInSpec,
} from '@edgedag/core/api/generated/answers'

export type {
  DAGDetails as DagDetails,
  DAGListItem as DagListItem,
  DAGRunDetails as RunDetails,
  DAGRunNode as RunNode,
  DAGRunSummary as RunSummary,
  DAGSpec as SpecAnswer,
  LogPage as LogAnswer,
  ParamDefinition,
  ScheduleEntry as ScheduleItem,
  Step as StepDefinition,
} from '@edgedag/core/api/generated/answers'

/** One thing wrong with a text, as the editor shows it; lines and columns are 1-based. */
export type SpecProblem = Omit<WrongInSpec, 'code'> & {
  code?: string
  /** It loads all the same, but is probably not what was meant. */
  warning?: boolean
}
/** A called run: what the details of a step name of it, or a line of the list of all. */
export type SubRun = DAGRunNode['subRuns'][number] & Partial<SubDAGRun>
export type PushBackEntry = NonNullable<DAGRunNode['pushBackHistory']>[number]
/** Called runs by status, of the present iteration; `repeated`: those of earlier ones. */
export type SubRunCounts = NonNullable<DAGRunNode['subRunCounts']>

/** Nodes beside the steps: handlers, and mails of the run about itself; in the order in which they are shown. */
export const HANDLER_FIELDS = [
  'onInit',
  'mailOnError',
  'onSuccess',
  'onFailure',
  'onAbort',
  'onExit',
  'onWait',
  'mailOnSuccess',
  'mailOnFailure',
  'mailOnWait',
] as const satisfies readonly (keyof DAGRunDetails)[]

export type LogStream = 'stdout' | 'stderr'
