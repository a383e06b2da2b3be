// The run that a command is about: of a DAG, by its id or the latest, or a run below that one.
import type { Answers, DAGDetails } from '@edgedag/core/api/generated/answers'
import { type ApiClient, ApiError } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import type { RunDetails } from '../client/run-details.ts'
import { connect } from '../connect.ts'
import type { Connection } from '../connection.ts'
import { CommandError, EXIT } from '../errors.ts'
import { type Invocation, type Options, text } from './command.ts'

export const RUN_ID: Options = {
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id; the latest run unless given' },
}

export const SUB_RUN_ID: Options = {
  'sub-run-id': { type: 'string', short: 's', value: 'ID', help: 'a run that it has called, at any depth' },
}

export const nameOnly = (word: string): string => word.replace(/^.*\//, '').replace(/\.ya?ml$/, '')

/** A server that runs: these commands start none. */
export const server = (invocation: Invocation): Promise<Connection> =>
  connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })

export interface RunOf {
  /** Of the run at the top. */
  name: string
  runId: string
  subRunId: string | undefined
  /** Below the API's base. */
  path: string
  /** For people. */
  title: string
}

/** Finds the run at the top; one below it is left to whoever asks for it. Throws with exit code 4 where there is none. */
export async function runOf(client: ApiClient, word: string, { values }: Invocation): Promise<RunOf> {
  const name = nameOnly(word)
  const runId = text(values['run-id'])
  const run = await getRun(client, name, runId ?? 'latest').catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    const words = runId === undefined ? `no run of ${name} is known` : `${name} has no run ${runId}`
    throw new CommandError(
      words,
      EXIT.notFound,
      `edgedag history ${runId === undefined ? '' : `${name} `}lists those that there are`,
    )
  })
  const subRunId = text(values['sub-run-id'])
  const top = runPath(name, run.dagRunId)
  if (subRunId === undefined)
    return { name, runId: run.dagRunId, subRunId, path: top, title: `${name} ${run.dagRunId}` }
  return {
    name,
    runId: run.dagRunId,
    subRunId,
    path: `${top}/sub-dag-runs/${encodeURIComponent(subRunId)}`,
    title: `${subRunId} below ${name} ${run.dagRunId}`,
  }
}

export const detailsOf = async (client: ApiClient, { path }: RunOf): Promise<RunDetails> =>
  (await client.get<Answers['GET /dag-runs/{name}/{dagRunId}']>(path)).dagRunDetails

/** Seconds between the end of a run and its restart, as its DAG says. */
export async function restartWaitSec(client: ApiClient, name: string): Promise<number> {
  const { dag } = await client.get<DAGDetails>(`/dags/${encodeURIComponent(name)}`)
  return dag?.restartWait ?? 0
}

/** Prints one line, or the same as JSON. */
export const say = ({ json }: Invocation, line: string, data: object): void =>
  void process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${line}\n`)

export const idsOf = ({ name, runId, subRunId }: RunOf) => ({
  name,
  dagRunId: runId,
  ...(subRunId === undefined ? {} : { subDAGRunId: subRunId }),
})
