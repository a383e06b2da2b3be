// Where a run is executed: at the edge, beside the control plane, or on a runner. Promise: a pure rule over the pinned DAG, decided
// at accept and shown with its reason; whatever might need a host goes to one.
import { type Condition, type Dag, HANDLER_NODE_NAMES, type HandlerKind, type Step } from '../spec/dag.ts'
import { needOfReach, needOfRunMail } from './reach.ts'
import { unknownName } from './unknown-name.ts'

/** The runner id of the edge; no host is enrolled under it. */
export const EDGE_RUNNER = 'edge'

/** Step types that need neither a process nor a file. */
export const EDGE_STEP_TYPES: ReadonlySet<string> = new Set([
  'noop',
  'log',
  'router',
  'dag',
  'http',
  'mail',
  'template',
  'jq',
])

export type Lane = { at: 'edge'; reason: string } | { at: 'runner'; reason: string }

/** What of a run decides beside its DAG. */
export interface LaneSpec {
  profile?: string
  sealedParams?: string
  workersOnly?: true
  parent?: { runnerId?: string }
}

const known = new WeakMap<Dag, Lane>()

/** The lane of a run of this DAG (memoised by the DAG's identity: a pinned DAG never changes). */
export function laneOf(dag: Dag, spec: LaneSpec = {}): Lane {
  if (spec.sealedParams !== undefined)
    return { at: 'runner', reason: 'its parameters hold a secret, which a runner opens' }
  if (spec.workersOnly) return { at: 'runner', reason: 'default_execution_mode sends runs to workers' }
  if (spec.profile !== undefined) return { at: 'runner', reason: 'the values of its profile are read on a runner' }
  const isBetween = spec.parent?.runnerId !== undefined && dag.steps.some(step => step.call !== undefined)
  if (isBetween) return { at: 'runner', reason: 'the runs that it calls follow the runner of its parent' }
  const lane = known.get(dag) ?? decide(dag)
  known.set(dag, lane)
  return lane
}

function decide(dag: Dag): Lane {
  const why =
    needOfDag(dag) ??
    needOfRunMail(dag) ??
    firstNeed(nodesOf(dag), ([name, step]) => needOfStep(name, step, dag)) ??
    unknownName(dag)
  return why === undefined ? { at: 'edge', reason: 'every step can run at the edge' } : { at: 'runner', reason: why }
}

const nodesOf = (dag: Dag): [string, Step][] => [
  ...dag.steps.map((step): [string, Step] => [`step ${step.name}`, step]),
  ...(Object.entries(dag.handlers) as [HandlerKind, Step][]).map(([kind, step]): [string, Step] => [
    `handler ${HANDLER_NODE_NAMES[kind]}`,
    step,
  ]),
]

function firstNeed<T>(items: readonly T[], need: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = need(item)
    if (found !== undefined) return found
  }
  return undefined
}

const isShellText = (text: string | undefined): boolean => text !== undefined && /`|\$\(/.test(text)

const needOfCondition = ({ condition, expected }: Condition): string | undefined =>
  expected === undefined || isShellText(condition) ? 'has a condition that runs a command' : undefined

function needOfDag(dag: Dag): string | undefined {
  if (dag.workerSelector !== undefined && dag.workerSelector !== 'local') return 'worker_selector asks for a runner'
  if (dag.workingDir !== undefined) return 'working_dir is a directory on a runner'
  if (dag.logDir !== undefined) return 'log_dir is a directory on a runner'
  if (dag.artifacts?.enabled) return 'artifacts are files on a runner'
  if (dag.secrets.length > 0) return 'its secrets are read on a runner'
  // What a default .env holds can be seen by no name that the DAG does not declare itself, and its own declaration wins.
  const dotenv = dag.dotenv.find(path => path !== '.env')
  if (dotenv !== undefined) return `dotenv reads the file ${dotenv}`
  const env = dag.env.find(entry => isShellText(entry.value))
  if (env !== undefined) return `env ${env.name} runs a command`
  const param = dag.params.defs.find(def => isShellText(def.eval))
  if (param !== undefined) return `parameter ${param.name} runs a command`
  const condition = firstNeed(dag.preconditions, needOfCondition)
  return condition === undefined ? undefined : `the DAG ${condition}`
}

/** A command step without a command publishes values, or waits for its approval. */
const isPortable = (step: Step): boolean =>
  EDGE_STEP_TYPES.has(step.type) ||
  (step.type === 'command' && step.commands.length === 0 && step.script === undefined && step.exec === undefined)

function needOfStep(name: string, step: Step, dag: Dag): string | undefined {
  if (!isPortable(step)) return `${name} is of type ${step.type}`
  if (step.workerSelector !== undefined && step.workerSelector !== 'local' && step.call === undefined)
    return `${name} has a worker_selector`
  const reach = needOfReach(step, dag)
  if (reach !== undefined) return `${name} ${reach}`
  if (step.workingDir !== undefined) return `${name} has a working_dir`
  if (step.stdout !== undefined || step.stderr !== undefined) return `${name} writes to a file`
  if (step.call !== undefined && /[/\\$`]|\.ya?ml$/i.test(step.call)) return `${name} may call a file`
  // A host opens also what was sealed without a vault key; the edge would see it masked (ADR 67).
  if (step.call !== undefined && step.output !== undefined && dag.localDags.some(kid => kid.secrets.length > 0))
    return `${name} captures outputs of a DAG with secrets`
  if (step.output?.kind === 'structured' && step.output.entries.some(({ source }) => source.from === 'file'))
    return `${name} reads a file`
  const conditions = [...step.preconditions, ...(step.repeatPolicy?.condition ? [step.repeatPolicy.condition] : [])]
  const condition = firstNeed(conditions, needOfCondition)
  if (condition !== undefined) return `${name} ${condition}`
  const env = step.env.find(entry => isShellText(entry.value))
  if (env !== undefined) return `env ${env.name} of ${name} runs a command`
  return isShellText(JSON.stringify([step.retryPolicy, step.repeatPolicy, step.router]))
    ? `${name} runs a command`
    : undefined
}
