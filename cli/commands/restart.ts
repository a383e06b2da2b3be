// `restart`: ends a run where one goes on, waits as the DAG says, and runs the DAG again with the same parameters.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { isTerminalLabel } from '../client/run-details.ts'
import { EXIT } from '../errors.ts'
import { type Command, type Invocation, only, text } from './command.ts'
import { detailsOf, RUN_ID, restartWaitSec, runOf, say, server } from './run-of.ts'

const LOOK_MS = 300

async function restart(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'restart')
  const { client } = await server(invocation)
  const run = await runOf(client, word, invocation)
  const isOver = async () => isTerminalLabel((await detailsOf(client, run)).statusLabel)
  const isActive = !(await isOver())
  if (isActive) {
    await client.post(`${run.path}/stop`, {})
    if (!invocation.json) process.stderr.write(`stopping ${run.title}\n`)
    while (!(await isOver())) await sleep(LOOK_MS)
    await sleep((await restartWaitSec(client, run.name)) * 1000)
  }
  const newId = text(invocation.values['new-run-id'])
  const answer = await client.post<Answers['POST /dag-runs/{name}/{dagRunId}/reschedule']>(`${run.path}/reschedule`, {
    useCurrentDagFile: true,
    ...(newId === undefined ? {} : { dagRunId: newId }),
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/reschedule'])
  say(invocation, `${run.name} ${answer.dagRunId} queued`, { name: run.name, stopped: isActive, ...answer })
  return EXIT.ok
}

export const restartCommand: Command = {
  name: 'restart',
  synopsis: 'restart NAME [-r RUN_ID] [--new-run-id ID]',
  summary: 'stop a run if it goes on, wait restart_wait_sec, and run the DAG again with the same parameters',
  options: { ...RUN_ID, 'new-run-id': { type: 'string', value: 'ID', help: 'id of the new run' } },
  examples: [['edgedag restart backup', 'stop what runs, wait, run it again']],
  run: restart,
}
