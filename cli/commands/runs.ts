import type { ApiClient } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../errors.ts'
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
  await client.post(`${runPath(name, runId)}/retry`, { dagRunId: runId, ...(step ? { stepName: step } : {}) })
  process.stdout.write(
    invocation.json ? `${JSON.stringify({ name, dagRunId: runId })}\n` : `retrying ${name} ${runId}\n`,
  )
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
  synopsis: 'retry NAME [-r RUN_ID] [--step STEP]',
  summary: 'run again what did not succeed, under the same run id',
  options: { ...RUN_ID, step: { type: 'string', value: 'STEP', help: 'only this step' } },
  run: retry,
}
