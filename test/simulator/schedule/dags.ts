// Random workflows of simulated worlds, as YAML (JSON is YAML). What their steps do is in the run's script.
import type { Random } from '../sim/random.ts'
import { makeEdgeHandlers, makeEdgeSteps } from './edge-steps.ts'
import { makeGrandkid, makeKid } from './kids.ts'
import { type Json, makeApproval, makeCall, makeHandlers, makeStep } from './steps.ts'
import type { Theme } from './themes.ts'
import { makeSelectors } from './zones.ts'

export interface DagText {
  fileName: string
  spec: string
  /** Name of the global queue that the DAG goes through; null: its own. */
  queue: string | null
  hasTimeout: boolean
  /** A run that has failed is retried by itself. */
  hasRetries: boolean
  /** It calls nothing: others may call it. */
  isLeaf: boolean
}

export interface DagOptions {
  queues: readonly string[]
  theme: Theme
  /** File names of DAGs that it may call. */
  callable: readonly string[]
}

/** Largest number that a run may be given as its parameter V. */
export const MAX_VALUE = 2

export function makeDag(random: Random, fileName: string, { queues, theme, callable }: DagOptions): DagText {
  const isAtEdge = random.chance(theme.atEdge)
  const isChain = random.chance(0.35)
  const count = 1 + random.int(isChain ? 10 : 12)
  const steps = isAtEdge
    ? makeEdgeSteps(random, isChain)
    : Array.from({ length: count }, (_, i) => makeStep(random, i, isChain))
  const documents = random.chance(theme.calls) ? makeCalls(random, steps, callable, theme.calledApprovals) : null
  if (documents === null || !documents.hasApproval) if (random.chance(theme.approvals)) makeApproval(random, steps)
  const queue = queues.length > 0 && random.chance(theme.queued) ? random.pick(queues) : null
  const hasTimeout = !isAtEdge && random.chance(0.08)
  const dag: Json = { name: fileName, params: 'V=0', type: isChain ? 'chain' : 'graph', steps }
  if (queue !== null) dag.queue = queue
  if (hasTimeout) dag.timeout_sec = 3 + random.int(10)
  if (!isChain && random.chance(0.3)) dag.max_active_steps = 1 + random.int(3)
  if (random.chance(0.08)) dag.delay_sec = 1 + random.int(5)
  const hasRetries = random.chance(0.12)
  if (hasRetries) dag.retry_policy = { limit: 1 + random.int(2), interval_sec: random.pick([1, 2, 5]) }
  if (random.chance(0.12)) dag.concurrency = makeConcurrency(random)
  if (!isAtEdge && random.chance(theme.selectors)) makeSelectors(random, dag, theme.home)
  const handlers = isAtEdge ? makeEdgeHandlers(random) : makeHandlers(random, theme.handlers)
  if (handlers !== null) dag.handler_on = handlers
  // What becomes of mails after automatic retries hangs on how many there were.
  if (!isAtEdge && dag.retry_policy === undefined && random.chance(0.15)) makeMails(random, dag, steps)
  const spec = [dag, ...(documents?.documents ?? [])].map(each => JSON.stringify(each)).join('\n---\n')
  return { fileName, spec, queue, hasTimeout, hasRetries, isLeaf: documents === null }
}

/** Some steps call the file's other documents, or stored DAGs. Null: none can. */
function makeCalls(
  random: Random,
  steps: Json[],
  callable: readonly string[],
  approvals: number,
): { documents: Json[]; hasApproval: boolean } | null {
  // A DAG without any step of its own needs no host: the first one is always a process.
  const calling = steps.slice(1).filter(step => step.repeat_policy === undefined && random.chance(0.35))
  if (calling.length === 0) return null
  const hasApproval = random.chance(approvals)
  const isDeep = random.chance(0.4)
  for (const step of calling) {
    const isStored = callable.length > 0 && random.chance(0.3)
    makeCall(random, step, isStored ? random.pick(callable) : 'kid')
  }
  const kid = makeKid(random, { hasApproval, calls: isDeep ? 'grandkid' : null })
  return { documents: isDeep ? [kid, makeGrandkid(random)] : [kid], hasApproval }
}

/** Mails are nodes that are begun once: what they do is in the run's script, like everything. */
function makeMails(random: Random, dag: Json, steps: Json[]): void {
  const to = { from: 'a@sim.test', to: 'b@sim.test' }
  Object.assign(dag, { smtp: { host: 'mail.sim.test' }, error_mail: to, info_mail: to, wait_mail: to })
  dag.mail_on = { success: random.chance(0.5), failure: random.chance(0.8), wait: random.chance(0.5) }
  for (const step of steps) if (random.chance(0.2)) step.mail_on_error = true
}

function makeConcurrency(random: Random): Json {
  return {
    key: random.pick(['one', `k-${'$'}{V}`]),
    limit: 1 + random.int(2),
    on_conflict: random.weighted({ queue: 3, cancel: 1, skip: 1 }),
  }
}
