// What the run page says first: why the run is as it is, and what can be done next. Pure, so that the words can be tested.
import { HANDLER_FIELDS, type RunDetails, type RunNode } from '../api/types.ts'
import { isActive, nodeStatus, runStatus, STATUS_LOOKS, type StatusKind } from './status.ts'
import { formatCountdown, formatSpan, parseTime } from './time.ts'

export interface RunStory {
  /** One sentence: the state and its reason. */
  sentence: string
  /** The step that the sentence is about. */
  step?: string
  /** What to do or what happens by itself next. */
  next?: string
}

/** Steps and the handlers that ran, in the order of the file. */
export function allNodes(run: RunDetails): RunNode[] {
  const handlers = HANDLER_FIELDS.map(field => run[field]).filter(node => node !== undefined)
  return [...(run.nodes ?? []), ...handlers.filter(node => nodeStatus(node) !== 'not_started')]
}

const nodesIn = (run: RunDetails, kinds: readonly StatusKind[]): RunNode[] =>
  allNodes(run).filter(node => kinds.includes(nodeStatus(node)))

/** Counts of a run: steps that need no more work, and all. Handlers do not count. */
export function progress(run: RunDetails): { done: number; total: number } {
  const open: readonly StatusKind[] = ['not_started', 'running', 'waiting', 'retrying', 'queued', 'lost']
  return { total: run.nodes.length, done: run.nodes.filter(node => !open.includes(nodeStatus(node))).length }
}

/** `3 of 7 done` while it moves, `4 succeeded, 1 failed, 2 not started` when it is over. */
export function countWords(run: RunDetails): string {
  if (isActive(runStatus(run))) {
    const { done, total } = progress(run)
    return `${done} of ${total} done`
  }
  const counts = new Map<string, number>()
  for (const node of run.nodes) {
    const { word } = STATUS_LOOKS[nodeStatus(node)]
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const names = (nodes: readonly RunNode[]): string => {
  const shown = nodes.slice(0, 3).map(node => node.step.name)
  const more = nodes.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

/** Why a node failed, in a few words. */
export function failureReason(node: RunNode): string {
  const { total = 0, succeeded = 0 } = node.subRunCounts ?? { total: 0, repeated: 0 }
  // The step's own words name each of them by id; the list below the step has them with their items.
  if (total > 1 && succeeded < total && (node.exitCode ?? 0) > 0)
    return `${total - succeeded} of ${total} called runs did not succeed`
  if (node.exitCode !== undefined && node.exitCode > 0) {
    const plain = node.error === undefined || /^exit (status|code)/i.test(node.error)
    return plain ? `exit code ${node.exitCode}` : `exit code ${node.exitCode}, ${node.error}`
  }
  return node.error ?? node.reason ?? 'no reason was reported'
}

/** The first line of a reason, without the ids of all called runs that it is about: the run's page has them with their items. */
export const shortReason = (reason: string): string =>
  (reason.split('\n', 1)[0] ?? '').replace(/( child runs? of DAG \S+ did not succeed):.*/, '$1')

const attempts = (node: RunNode): string => {
  const attempt = node.attempt ?? (node.retryCount ? node.retryCount + 1 : 1)
  return attempt > 1 ? ` on attempt ${attempt}` : ''
}

type Teller = (run: RunDetails, now: number) => RunStory

const sentenceEnd = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const failed: Teller = (run, now) => {
  const node = nodesIn(run, ['failed', 'lost'])[0]
  const span = formatSpan(run.startedAt, run.finishedAt, now)
  const after = span === '' ? '' : ` after ${span}`
  if (node === undefined)
    return {
      sentence: sentenceEnd(
        run.error || run.reason ? `Failed${after}: ${run.error ?? run.reason}` : `Failed${after} before any step ran`,
      ),
      next: 'Read the run log, mend the cause, then retry.',
    }
  return {
    sentence: sentenceEnd(`Failed at ${node.step.name}${attempts(node)}${after}: ${failureReason(node)}`),
    step: node.step.name,
    next: 'Steps that succeeded are kept when you retry.',
  }
}

const running: Teller = (run, now) => {
  const { done, total } = progress(run)
  const active = nodesIn(run, ['running', 'retrying'])
  const bad = nodesIn(run, ['failed', 'lost'])[0]
  const counted = `${done} of ${plural(total, 'step')} done`
  const since = formatSpan(run.startedAt, '', now)
  const failure = bad === undefined ? '' : ` ${bad.step.name} has failed: ${sentenceEnd(failureReason(bad))}`
  if (active.length === 0)
    return {
      sentence: `${sentenceEnd(run.reason ?? `Between steps, ${counted}`)}${failure}`,
      ...(bad ? { step: bad.step.name } : {}),
    }
  const busy = nodesIn(run, ['running'])
  const retries = nodesIn(run, ['retrying'])
    .map(node => ` ${retryWords(node, now)}`)
    .join('')
  const work = busy.length > 0 ? `Running ${names(busy)}${calledWords(busy)}: ` : ''
  return {
    sentence: `${work}${counted}${since === '' ? '' : `, ${since} so far`}.${retries}${failure}`,
    step: (active[0] as RunNode).step.name,
  }
}

/** ` (412 of 1000 called runs done)`, of the one step that runs, when it calls many. */
function calledWords(busy: readonly RunNode[]): string {
  const counts = busy.length === 1 ? busy[0]?.subRunCounts : undefined
  if (counts === undefined || counts.total < 2) return ''
  const open = (['not_started', 'queued', 'running', 'waiting'] as const).reduce(
    (sum, kind) => sum + (counts[kind] ?? 0),
    0,
  )
  return ` (${counts.total - open} of ${counts.total} called runs done)`
}

/** `flaky failed (exit code 7) and starts again in 3 min 12 s, as attempt 2.` */
export function retryWords(node: RunNode, now: number): string {
  const at = nextStart(node)
  const when = at === undefined ? 'soon' : formatCountdown(at, now)
  const attempt = (node.attempt ?? node.retryCount ?? 1) + 1
  return `${node.step.name} failed (${failureReason(node)}) and starts again ${when}, as attempt ${attempt}.`
}

/** When a step that waits for its retry starts again: the instant is the one in its reason. */
function nextStart(node: RunNode): number | undefined {
  return parseTime(/\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(node.reason ?? '')?.[0])
}

const waiting: Teller = run => {
  const node = nodesIn(run, ['waiting'])[0]
  if (node === undefined) return { sentence: sentenceEnd(run.reason ?? 'Waiting') }
  const others = nodesIn(run, ['waiting'])
  return {
    sentence: `Waiting for an approval: ${names(others)}.`,
    step: node.step.name,
    next: 'Nothing is held meanwhile; it goes on where it stopped.',
  }
}

const succeeded: Teller = (run, now) => {
  const skipped = nodesIn(run, ['skipped']).length
  const span = formatSpan(run.startedAt, run.finishedAt, now)
  const count = run.nodes.length - skipped
  const steps = count === 1 ? 'The one step' : `All ${count} steps`
  const tail = skipped > 0 ? `, ${skipped} skipped by precondition` : ''
  return { sentence: `${steps} succeeded${span === '' ? '' : ` in ${span}`}${tail}.` }
}

const partial: Teller = (run, now) => {
  const bad = nodesIn(run, ['failed'])
  const span = formatSpan(run.startedAt, run.finishedAt, now)
  return {
    sentence: `Finished${span === '' ? '' : ` in ${span}`}, but ${bad.length > 0 ? names(bad) : 'a step'} failed; the DAG allows that.`,
    ...(bad[0] ? { step: bad[0].step.name } : {}),
  }
}

const aborted: Teller = (run, now) => {
  const cut = nodesIn(run, ['aborted'])
  const span = formatSpan(run.startedAt, run.finishedAt, now)
  const why = run.reason ?? run.error ?? preconditionFailure(run)
  const step = cut[0]?.step.name
  return {
    sentence: sentenceEnd(
      `Stopped${span === '' ? '' : ` after ${span}`}${why ? `: ${why}` : step === undefined ? '' : ` during ${step}`}`,
    ),
    ...(step === undefined ? {} : { step }),
    next: 'Retry goes on behind the steps that succeeded.',
  }
}

const rejected: Teller = run => {
  const node = nodesIn(run, ['rejected'])[0]
  return {
    sentence: sentenceEnd(`Rejected${node ? ` at ${node.step.name}` : ''}${node?.error ? `: ${node.error}` : ''}`),
    ...(node ? { step: node.step.name } : {}),
    next: 'Retry asks for the approval again.',
  }
}

const preconditionFailure = (run: RunDetails): string | undefined =>
  run.preconditions?.find(entry => entry.error)?.error

const TELLERS: Partial<Record<StatusKind, Teller>> = {
  failed,
  lost: failed,
  running,
  retrying: running,
  waiting,
  succeeded,
  partially_succeeded: partial,
  aborted,
  rejected,
  queued: run => ({
    sentence: sentenceEnd(`Queued${run.reason ? `: ${run.reason}` : ': it starts as soon as there is room'}`),
  }),
  not_started: run => ({ sentence: sentenceEnd(run.reason ?? 'Not started yet') }),
}

/** @param now milliseconds since the epoch */
export function tellRun(run: RunDetails, now: number): RunStory {
  const story = TELLERS[runStatus(run)]?.(run, now) ?? { sentence: 'Not started yet.' }
  // A patch of the run's own socket may leave the time of a retry behind that has begun.
  const retryAt = runStatus(run) === 'failed' ? parseTime(run.nextRetryAt) : undefined
  if (retryAt === undefined) return story
  const count = `${(run.autoRetryCount ?? 0) + 1} of ${run.autoRetryLimit}`
  return { ...story, next: `Retried by itself ${formatCountdown(retryAt, now)} (${count}).` }
}

/** The step whose log is worth showing when nobody chose one: failed, else at work, else the last that ran, else the first. */
export function defaultStep(run: RunDetails): string | undefined {
  const pick =
    nodesIn(run, ['failed', 'lost', 'rejected'])[0] ??
    nodesIn(run, ['running', 'retrying', 'waiting'])[0] ??
    nodesIn(run, ['aborted']).find(node => node.startedAt !== '' && node.startedAt !== '-') ??
    nodesIn(run, ['succeeded', 'partially_succeeded']).at(-1) ??
    run.nodes[0]
  return pick?.step.name
}

/** The API gives words without their quotes: one that is empty or has blanks gets some again, so that it is seen to be one. */
function asWord(word: string): string {
  if (/^\S+$/.test(word)) return word
  return word.includes('"') ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`
}

/** One line for a step's work: its commands, script or type. */
export function describeStep(step: RunNode['step']): string {
  const commands = (step.commands ?? []).map(
    entry => entry.line ?? [entry.command, ...(entry.args ?? [])].map(asWord).join(' '),
  )
  if (commands.length > 0) return commands.join(' && ')
  if (step.call) return `calls ${step.call}`
  if (step.script) return step.script.trim().split('\n')[0] ?? ''
  return step.executorConfig?.type ?? ''
}
