// Commands on runs that exist: status, stop, retry, history.
import { RUN_STATUS_CODES } from '@edgedag/core/run/types'
import type { ApiClient } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import type { RunDetails } from '../client/run-details.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { runTree } from '../render/run-tree.ts'
import { duration, statusIcon } from '../render/style.ts'
import { type Command, type Invocation, list, type Options, only, text } from './command.ts'

const RUN_ID: Options = {
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id; the latest run unless given' },
}

const server = (invocation: Invocation) =>
  connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })

/** For commands that only look: what is kept can be read without a server that runs. */
async function reading(invocation: Invocation, look: (client: ApiClient) => Promise<void>): Promise<number> {
  const connection = await connect({ embed: 'read', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    await look(connection.client)
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

const nameOnly = (word: string): string => word.replace(/^.*\//, '').replace(/\.ya?ml$/, '')

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

const UNITS: Record<string, number> = { m: 60, h: 3600, d: 86_400, w: 604_800 }

function sinceOf(last: string): number {
  const match = /^(\d+)([mhdw])$/.exec(last)
  if (!match) throw usage(`--last ${last} is not a duration`, 'use for example 90m, 24h, 7d or 1w')
  return Math.floor(Date.now() / 1000) - Number(match[1]) * (UNITS[match[2] ?? 'd'] ?? 0)
}

const CODES: Record<string, number> = RUN_STATUS_CODES

async function history(invocation: Invocation): Promise<number> {
  const query = new URLSearchParams({ limit: text(invocation.values.limit) ?? '100' })
  const last = text(invocation.values.last)
  if (last) query.set('fromDate', String(sinceOf(last)))
  for (const word of list(invocation.values.status)) {
    const code = CODES[word]
    if (code === undefined) throw usage(`unknown status ${word}`, `use one of ${Object.keys(CODES).join(', ')}`)
    query.append('status', String(code))
  }
  const [name] = invocation.positionals
  return reading(invocation, async client => {
    const { dagRuns } = await client.get<{ dagRuns: RunDetails[] }>(
      `/dag-runs${name ? `/${encodeURIComponent(nameOnly(name))}` : ''}?${query}`,
    )
    if (invocation.json) process.stdout.write(`${JSON.stringify(dagRuns)}\n`)
    else for (const run of dagRuns) process.stdout.write(`${historyLine(run, invocation)}\n`)
  })
}

function historyLine(run: RunDetails, { style }: Invocation): string {
  const took = duration(run)
  const when = run.startedAt || 'not started'
  return `${statusIcon(run.statusLabel, style)} ${run.statusLabel.padEnd(11)} ${when.padEnd(20)} ${took.padStart(7)}  ${run.name} ${style.paint('dim', run.dagRunId)} ${run.params}`.trimEnd()
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

export const historyCommand: Command = {
  name: 'history',
  synopsis: 'history [NAME] [--status STATUS] [--last 24h] [-l N]',
  summary: 'list runs, newest first',
  options: {
    status: { type: 'string', value: 'STATUS', multiple: true, help: 'only runs of this status (may repeat)' },
    last: { type: 'string', value: 'TIME', help: 'only runs of the last 90m, 24h, 7d, 1w' },
    limit: { type: 'string', short: 'l', value: 'N', help: 'at most so many (100)' },
  },
  run: history,
}
