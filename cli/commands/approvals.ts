// Commands on steps that wait for a person: approve, push-back, reject. A run is named by its DAG, by its id, or by both; where only
// one run of the DAG waits, and only one step of it, they need not be named.
import type { Answers, DAGRunPage, DAGRunSummary } from '@edgedag/core/api/generated/answers'
import type { ApiClient } from '../client/api-client.ts'
import { ApiError } from '../client/api-client.ts'
import { followRun, getRun, runPath } from '../client/follow-run.ts'
import { type Gate, gatesNamed, gatesOf, gateText } from '../client/gates.ts'
import type { RunDetails } from '../client/run-details.ts'
import { connect } from '../connect.ts'
import { CommandError, EXIT, usage } from '../errors.ts'
import { createProgress } from '../render/progress.ts'
import { type Command, type Invocation, list, type Options, text } from './command.ts'

const WAITING = 7

type Verb = 'approve' | 'push-back' | 'reject'
type Answered = Answers[`POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/${Verb}`]
/** A rejection says nothing of how the run goes on. */
type Decided = Answered & { resumed?: boolean }

/** The run that a word names: a DAG's only waiting run, or a run by its id. */
async function findWaiting(client: ApiClient, word: string, runId: string | undefined): Promise<RunDetails> {
  const name = word.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
  if (runId !== undefined) return getRun(client, name, runId)
  const byId = await runsOf(client, `/dag-runs?dagRunId=${encodeURIComponent(word)}`)
  const [known] = byId.filter(run => run.dagRunId === word)
  if (known) return getRun(client, known.name, word)
  const waiting = await runsOf(client, `/dag-runs/${encodeURIComponent(name)}?status=${WAITING}`)
  const [run, ...more] = waiting
  if (!run) {
    // Lists follow a little later than runs themselves.
    const latest = await getRun(client, name, 'latest').catch(() => undefined)
    if (latest?.statusLabel === 'waiting') return latest
    throw new CommandError(`no run of ${name} waits for an approval`, EXIT.notFound)
  }
  if (more.length > 0) {
    const ids = waiting.map(each => each.dagRunId).join(', ')
    throw usage(`${waiting.length} runs of ${name} wait: ${ids}`, 'say which with --run-id')
  }
  return getRun(client, run.name, run.dagRunId)
}

async function runsOf(client: ApiClient, path: string): Promise<DAGRunSummary[]> {
  try {
    return (await client.get<DAGRunPage>(path)).dagRuns
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return []
    throw error
  }
}

/** The step that was named, or the only one that waits, of the run or of one that it has called. */
async function gateOf(client: ApiClient, run: RunDetails, word: string | undefined, verb: Verb): Promise<Gate> {
  const [gate, ...more] = gatesNamed(await gatesOf(client, run), word)
  if (gate !== undefined && more.length === 0) return gate
  if (gate !== undefined) {
    const names = [gate, ...more].map(each => gateText(run, each)).join(', ')
    const hint = `say which: edgedag ${verb} ${run.name} STEP, or the id of the called run in its place`
    throw usage(`${more.length + 1} steps wait: ${names}`, hint)
  }
  if (word === undefined)
    throw new CommandError(`no step of ${run.name} ${run.dagRunId} waits (it is ${run.statusLabel})`, EXIT.usage)
  const node = run.nodes.find(each => each.step.name === word || each.step.id === word)
  if (node === undefined) throw new CommandError(`step ${word} not found in DAG ${run.name}`, EXIT.notFound)
  return { path: runPath(run.name, run.dagRunId), run, node, via: [] }
}

/** `K=V` words; the value may hold further `=`. */
function inputsOf(invocation: Invocation): Record<string, string> {
  const inputs: Record<string, string> = {}
  for (const word of list(invocation.values.input)) {
    const cut = word.indexOf('=')
    if (cut < 1) throw usage(`--input ${word} is no NAME=VALUE`, 'for example: --input TICKET=OPS-12')
    inputs[word.slice(0, cut)] = word.slice(cut + 1)
  }
  return inputs
}

const DONE: Record<Verb, string> = { approve: 'approved', 'push-back': 'pushed back', reject: 'rejected' }

async function decide(invocation: Invocation, verb: Verb): Promise<number> {
  const [word, step, ...more] = invocation.positionals
  if (word === undefined) throw usage(`${verb} needs a DAG name or a run id`, `see edgedag ${verb} --help`)
  if (more.length > 0) throw usage(`unexpected argument ${more[0]}`, `see edgedag ${verb} --help`)
  const given = verb === 'reject' ? { reason: text(invocation.values.reason) ?? '' } : { inputs: inputsOf(invocation) }
  const connection = await connect({ embed: 'run', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const { client } = connection
  try {
    const run = await findWaiting(client, word, text(invocation.values['run-id']))
    const gate = await gateOf(client, run, step, verb)
    const path = `${gate.path}/steps/${encodeURIComponent(gate.node.step.name)}/${verb}`
    // What is decided is what was looked at: a push-back of somebody else meanwhile makes it another matter.
    const answer = await client.post<Decided>(path, { ...given, approvalIteration: gate.node.approvalIteration ?? 0 })
    if (invocation.json) process.stdout.write(`${JSON.stringify(answer)}\n`)
    else
      process.stdout.write(
        `${DONE[verb]} ${gate.node.step.name} of ${gate.run.name} ${gate.run.dagRunId}${restOf(answer)}\n`,
      )
    // A server that was started for this command alone must not end before the run has.
    if (connection.kind === 'embedded' && answer.resumed !== false) {
      const progress = createProgress({ style: invocation.style, json: invocation.json, out: process.stdout })
      await followRun(client, run.name, run.dagRunId, changed => progress.changed(changed))
    }
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

const restOf = ({ resumed }: Decided): string =>
  resumed === false ? '; the run goes on when its other approvals are given' : ''

const RUN_ID: Options = {
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id, where several runs of the DAG wait' },
}
const INPUT: Options = {
  input: { type: 'string', short: 'i', value: 'K=V', multiple: true, help: 'an input of the approval (may repeat)' },
}

export const approveCommand: Command = {
  name: 'approve',
  synopsis: 'approve NAME|RUN_ID [STEP] [-r RUN_ID] [--input K=V]...',
  summary: 'approve a step that waits; the run goes on',
  options: { ...RUN_ID, ...INPUT },
  examples: [
    ['edgedag approve release --input VERSION=1.4.2', 'the only step of the only run that waits'],
    ['edgedag approve release sign-off -r ID', 'a certain step of a certain run'],
  ],
  run: invocation => decide(invocation, 'approve'),
}

export const pushBackCommand: Command = {
  name: 'push-back',
  synopsis: 'push-back NAME|RUN_ID [STEP] [-r RUN_ID] [--input K=V]...',
  summary: 'send a step that waits back: it runs again with what you give',
  options: { ...RUN_ID, ...INPUT },
  examples: [["edgedag push-back release --input REASON='tests are missing'", 'the step runs again and sees REASON']],
  run: invocation => decide(invocation, 'push-back'),
}

export const rejectCommand: Command = {
  name: 'reject',
  synopsis: 'reject NAME|RUN_ID [STEP] [-r RUN_ID] [--reason TEXT]',
  summary: 'reject a step that waits; the run ends rejected',
  options: { ...RUN_ID, reason: { type: 'string', value: 'TEXT', help: 'why, for the history of the run' } },
  examples: [["edgedag reject release --reason 'not before Monday'", 'the run ends as rejected']],
  run: invocation => decide(invocation, 'reject'),
}
