import type { ApiClient } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { runTree } from '../render/run-tree.ts'
import { type Command, type Invocation, type Options, only, text } from './command.ts'

const RUN_ID: Options = {
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id; the latest run unless given' },
}

const server = (invocation: Invocation) =>
  connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })

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

export const nameOnly = (word: string): string => word.replace(/^.*\//, '').replace(/\.ya?ml$/, '')

async function status(invocation: Invocation): Promise<number> {
  const name = nameOnly(only(invocation, 'a DAG name', 'status'))
  return reading(invocation, async client => {
    const run = await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')
    process.stdout.write(
      invocation.json ? `${JSON.stringify(run)}\n` : `${runTree(run, invocation.style).join('\n')}\n`,
    )
  })
}

async function stop(invocation: Invocation): Promise<number> {
  const name = nameOnly(only(invocation, 'a DAG name', 'stop'))
  const { client } = await server(invocation)
  const runId = (await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')).dagRunId
  await client.post(`${runPath(name, runId)}/stop`, invocation.values.abandon ? { abandon: true } : {})
  process.stdout.write(
    invocation.json ? `${JSON.stringify({ name, dagRunId: runId })}\n` : `stopping ${name} ${runId}\n`,
  )
  return EXIT.ok
}

async function retry(invocation: Invocation): Promise<number> {
  const name = nameOnly(only(invocation, 'a DAG name', 'retry'))
  const { client } = await server(invocation)
  const runId = (await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')).dagRunId
  const step = text(invocation.values.step)
  const from = text(invocation.values.from)
  if (step && from)
    throw usage('--step and --from exclude each other', '--step runs one step, --from also all behind it')
  const what = from ? { fromStep: from } : step ? { stepName: step } : {}
  await client.post(`${runPath(name, runId)}/retry`, { dagRunId: runId, ...what })
  process.stdout.write(
    invocation.json ? `${JSON.stringify({ name, dagRunId: runId })}\n` : `retrying ${name} ${runId}\n`,
  )
  return EXIT.ok
}

async function reschedule(invocation: Invocation): Promise<number> {
  const name = nameOnly(only(invocation, 'a DAG name', 'reschedule'))
  const { client } = await server(invocation)
  const runId = (await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')).dagRunId
  const newId = text(invocation.values['new-run-id'])
  const answer = await client.post<{ dagRunId: string }>(`${runPath(name, runId)}/reschedule`, {
    ...(newId ? { dagRunId: newId } : {}),
    ...(invocation.values.current ? { useCurrentDagFile: true } : {}),
  })
  process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${name} ${answer.dagRunId} queued\n`)
  return EXIT.ok
}

export const statusCommand: Command = {
  name: 'status',
  synopsis: 'status NAME [-r RUN_ID]',
  summary: 'show a run as a tree of its steps',
  options: RUN_ID,
  run: status,
}

export const stopCommand: Command = {
  name: 'stop',
  synopsis: 'stop NAME [-r RUN_ID] [--abandon]',
  summary: 'stop a run: signals its steps, then kills what remains',
  options: {
    ...RUN_ID,
    abandon: { type: 'boolean', help: 'end it at once although its host is silent; its running steps count as lost' },
  },
  run: stop,
}

export const retryCommand: Command = {
  name: 'retry',
  synopsis: 'retry NAME [-r RUN_ID] [--step STEP | --from STEP]',
  summary: 'run again what did not succeed, under the same run id',
  options: {
    ...RUN_ID,
    step: { type: 'string', value: 'STEP', help: 'only this step' },
    from: { type: 'string', value: 'STEP', help: 'this step and all behind it' },
  },
  run: retry,
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
  run: reschedule,
}
