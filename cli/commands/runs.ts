// `status`, `stop`, `reschedule` and `mark`: looking at a run, and what people say about it.
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { runTree } from '../render/run-tree.ts'
import { type Command, type Invocation, only, text } from './command.ts'
import { detailsOf, idsOf, RUN_ID, runOf, SUB_RUN_ID, say, server } from './run-of.ts'

/** For commands that only look: what is kept can be read without a server that runs. */
export async function reading(invocation: Invocation, look: (client: ApiClient) => Promise<void>): Promise<number> {
  const connection = await connect({ embed: 'read', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    await look(connection.client)
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

async function status(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'status')
  return reading(invocation, async client => {
    const run = await detailsOf(client, await runOf(client, word, invocation))
    process.stdout.write(
      invocation.json ? `${JSON.stringify(run)}\n` : `${runTree(run, invocation.style).join('\n')}\n`,
    )
  })
}

async function stop(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'stop')
  const { client } = await server(invocation)
  const run = await runOf(client, word, invocation)
  const body: Bodies['POST /dag-runs/{name}/{dagRunId}/stop'] = invocation.values.abandon ? { abandon: true } : {}
  await client.post(`${run.path}/stop`, body)
  say(invocation, `stopping ${run.title}`, idsOf(run))
  return EXIT.ok
}

async function reschedule(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'reschedule')
  const { client } = await server(invocation)
  const run = await runOf(client, word, invocation)
  const newId = text(invocation.values['new-run-id'])
  const answer = await client.post<Answers['POST /dag-runs/{name}/{dagRunId}/reschedule']>(`${run.path}/reschedule`, {
    ...(newId ? { dagRunId: newId } : {}),
    ...(invocation.values.current ? { useCurrentDagFile: true } : {}),
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/reschedule'])
  say(invocation, `${run.name} ${answer.dagRunId} queued`, answer)
  return EXIT.ok
}

const MARKS = ['succeeded', 'failed']

async function mark(invocation: Invocation): Promise<number> {
  const [word, step, status, ...more] = invocation.positionals
  if (word === undefined || step === undefined || status === undefined || more.length > 0)
    throw usage('mark needs a DAG name, a step and a status', 'for example: edgedag mark backup upload succeeded')
  if (!MARKS.includes(status)) throw usage(`a step cannot be marked ${status}`, `use ${MARKS.join(' or ')}`)
  const { client } = await server(invocation)
  const run = await runOf(client, word, invocation)
  await client.patch(`${run.path}/steps/${encodeURIComponent(step)}/status`, {
    status,
  } satisfies Bodies['PATCH /dag-runs/{name}/{dagRunId}/steps/{stepName}/status'])
  say(invocation, `${step} of ${run.title} counts as ${status}`, { ...idsOf(run), step, status })
  return EXIT.ok
}

export const statusCommand: Command = {
  name: 'status',
  synopsis: 'status NAME [-r RUN_ID] [-s SUB_RUN_ID]',
  summary: 'show a run as a tree of its steps',
  options: { ...RUN_ID, ...SUB_RUN_ID },
  examples: [
    ['edgedag status backup', 'the newest run'],
    ['edgedag status backup -r ID --json', 'all that is known of a run, for programs'],
  ],
  run: status,
}

export const stopCommand: Command = {
  name: 'stop',
  synopsis: 'stop NAME [-r RUN_ID] [-s SUB_RUN_ID] [--abandon]',
  summary: 'stop a run: signals its steps, then kills what remains',
  options: {
    ...RUN_ID,
    ...SUB_RUN_ID,
    abandon: { type: 'boolean', help: 'end it at once although its host is silent; its running steps count as lost' },
  },
  examples: [
    ['edgedag stop backup', 'the newest run that goes on'],
    ['edgedag stop backup -r ID --abandon', 'when its host is gone and nobody can ask it'],
  ],
  run: stop,
}

export const rescheduleCommand: Command = {
  name: 'reschedule',
  synopsis: 'reschedule NAME [-r RUN_ID] [--new-run-id ID] [--current]',
  summary: 'queue a new run with the definition and parameters of a former one',
  options: {
    ...RUN_ID,
    'new-run-id': { type: 'string', value: 'ID', help: 'id of the new run' },
    current: { type: 'boolean', help: 'use the DAG file as it is now' },
  },
  examples: [['edgedag reschedule backup -r ID --current', 'the same parameters, with the DAG file of today']],
  run: reschedule,
}

export const markCommand: Command = {
  name: 'mark',
  synopsis: 'mark NAME STEP succeeded|failed [-r RUN_ID] [-s SUB_RUN_ID]',
  summary: 'set the status of a step of a finished run by hand',
  options: { ...RUN_ID, ...SUB_RUN_ID },
  examples: [['edgedag mark backup upload succeeded -r ID', 'it was done by hand']],
  run: mark,
}
