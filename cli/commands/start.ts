// `start` and `enqueue`: a run of a DAG, followed to its end (start) or left in the queue (enqueue).

import { hostname } from 'node:os'
import type { DAGDetails } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { followRun, getRun, runPath } from '../client/follow-run.ts'
import type { RunDetails } from '../client/run-details.ts'
import { connect } from '../connect.ts'
import type { Connection } from '../connection.ts'
import { EXIT, usage } from '../errors.ts'
import { createProgress } from '../render/progress.ts'
import { readSchemaFiles } from '../schema-files.ts'
import { type Command, type Invocation, list, type Options, only, text } from './command.ts'
import { printFailure } from './failure.ts'
import { onInterrupt } from './interrupt.ts'
import { paramsOf } from './params.ts'
import { type Target, targetOf } from './target.ts'

const OPTIONS: Options = {
  params: { type: 'string', short: 'p', value: 'TEXT', help: 'parameters: "K=V ...", words, or JSON' },
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id to use' },
  name: { type: 'string', short: 'N', value: 'NAME', help: "override of the DAG's name" },
  profile: { type: 'string', value: 'NAME', help: 'runtime profile ("": none, also where the DAG has a default)' },
  labels: { type: 'string', value: 'K=V', multiple: true, help: 'labels of the run' },
  tags: { type: 'string', value: 'K=V', multiple: true, help: 'the same as --labels' },
  singleton: { type: 'boolean', help: 'not while a run of the DAG goes on (or waits in its queue)' },
}

interface Wish {
  target: Target
  params: string | undefined
}

/** What the command line asks for; throws before any server is looked for. */
function wishOf(invocation: Invocation, command: string): Wish {
  const wish = {
    target: targetOf(only(invocation, 'a DAG name or a file', command)),
    params: paramsOf(invocation),
  }
  if (invocation.values['from-run-id'] !== undefined) checkFormer(wish, invocation)
  return wish
}

const OF_FORMER = ['params', 'labels', 'tags', 'profile', 'singleton', 'queue', 'priority'] as const

/** A new run of a former one takes everything of it; nothing may be said twice. */
function checkFormer({ target }: Wish, { values, rest }: Invocation): void {
  const extra = OF_FORMER.find(option => values[option] !== undefined) ?? (rest.length > 0 ? 'params' : undefined)
  if (target.kind === 'file')
    throw usage('--from-run-id needs the name of a DAG', 'for example: edgedag start backup --from-run-id ID')
  if (extra !== undefined)
    throw usage(`--${extra} does not go with --from-run-id`, 'the new run has what the former one had')
}

/** Asks for the run; answers the name and id under which it is found. */
async function request(
  { client, kind }: Connection,
  { target, params }: Wish,
  mode: 'start' | 'enqueue',
  { values }: Invocation,
) {
  const former = text(values['from-run-id'])
  if (former !== undefined && target.kind === 'name') {
    const newId = text(values['run-id'])
    const dagName = text(values.name)
    const body = { ...(newId ? { dagRunId: newId } : {}), ...(dagName ? { dagName } : {}) }
    return ask(client, `${runPath(target.fileName, former)}/reschedule`, body)
  }
  const runId = text(values['run-id'])
  const queue = text(values.queue)
  const labels = [...list(values.labels), ...list(values.tags)]
  const profile = text(values.profile)
  // Which words there are the server says.
  const priority = text(values.priority) as Bodies['POST /dags/{fileName}/start']['priority']
  const common: Bodies['POST /dags/{fileName}/start'] = {
    ...(params === undefined ? {} : { params }),
    ...(runId ? { dagRunId: runId } : {}),
    ...(queue ? { queue } : {}),
    ...(priority ? { priority } : {}),
    ...(labels.length > 0 ? { labels } : {}),
    ...(values.singleton === true ? { singleton: true } : {}),
    ...(profile === undefined ? {} : { profile }),
  }
  const name = text(values.name)
  const path =
    target.kind === 'name'
      ? `/dags/${encodeURIComponent(target.fileName)}/${mode}`
      : mode === 'start'
        ? '/dag-runs'
        : '/dag-runs/enqueue'
  const files = target.kind === 'file' ? readSchemaFiles(target.spec, target.name, target.dir) : {}
  const schemas = Object.keys(files).length > 0 ? { files } : {}
  const body: Bodies['POST /dags/{fileName}/start'] | Bodies['POST /dag-runs'] =
    target.kind === 'name'
      ? { ...common, ...(name ? { dagName: name } : {}) }
      : {
          ...common,
          name: name ?? target.name,
          spec: target.spec,
          source: { runner: kind === 'remote' ? hostname() : 'local', dir: target.dir },
          ...schemas,
        }
  return ask(client, path, body)
}

type Accepted = { dagRunId: string; dagName?: string }

/** Asks once more where the question has reached nobody, because the server has just ended with the command that had brought it. */
async function ask(client: ApiClient, path: string, body: object): Promise<Accepted> {
  try {
    return await client.post<Accepted>(path, body)
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code !== 'ECONNREFUSED') throw error
  }
  return client.post<Accepted>(path, body)
}

async function nameOfRun(
  client: ApiClient,
  target: Target,
  answer: { dagName?: string },
  name: string | undefined,
): Promise<string> {
  if (answer.dagName) return answer.dagName
  if (name) return name
  if (target.kind === 'file') return target.name
  const details = await client.get<DAGDetails>(`/dags/${encodeURIComponent(target.fileName)}`)
  return details.dag?.name ?? target.fileName
}

async function start(invocation: Invocation): Promise<number> {
  const wish = wishOf(invocation, 'start')
  const connection = await connect({ embed: 'run', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const { client } = connection
  try {
    const answer = await request(connection, wish, 'start', invocation)
    const name = await nameOfRun(client, wish.target, answer, text(invocation.values.name))
    const interrupted = onInterrupt(() => client.post(`${runPath(name, answer.dagRunId)}/stop`, {}))
    const progress = createProgress({ style: invocation.style, json: invocation.json, out: process.stdout })
    const run = await followRun(client, name, answer.dagRunId, r => progress.changed(r))
    interrupted.dispose()
    if (invocation.json) process.stdout.write(`${JSON.stringify(run)}\n`)
    else if (run.statusLabel === 'waiting') process.stdout.write(approvalHint(run))
    else await printFailure(client, run, invocation.style)
    if (interrupted.happened()) return EXIT.interrupted
    return run.statusLabel === 'succeeded' ? EXIT.ok : EXIT.failed
  } finally {
    await connection.close()
  }
}

/** Nothing is wrong with a run that waits, but it is not done either. */
function approvalHint({ name, dagRunId, nodes }: RunDetails): string {
  const steps = nodes.filter(node => node.statusLabel === 'waiting').map(node => node.step.name)
  return steps.map(step => `approve it with: edgedag approve ${name} ${step} -r ${dagRunId}\n`).join('')
}

async function enqueue(invocation: Invocation): Promise<number> {
  const wish = wishOf(invocation, 'enqueue')
  const connection = await connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const answer = await request(connection, wish, 'enqueue', invocation)
  const name = await nameOfRun(connection.client, wish.target, answer, text(invocation.values.name))
  const run: RunDetails = await getRun(connection.client, name, answer.dagRunId)
  if (invocation.json) process.stdout.write(`${JSON.stringify(run)}\n`)
  else process.stdout.write(`${name} ${answer.dagRunId} ${run.statusLabel}${run.reason ? ` — ${run.reason}` : ''}\n`)
  return EXIT.ok
}

export const startCommand: Command = {
  name: 'start',
  synopsis: 'start FILE|NAME [-p PARAMS | --from-run-id ID] [-- PARAMS...]',
  summary: 'run a DAG now and follow it; exit code 0 only when it succeeds',
  options: {
    ...OPTIONS,
    'from-run-id': {
      type: 'string',
      value: 'ID',
      help: 'a new run of this former one: its definition, parameters, labels, profile',
    },
    'no-queue': { type: 'boolean', short: 'n', help: 'accepted; start does not queue' },
  },
  examples: [
    ['edgedag start backup.yaml', 'run a file, here, without a server'],
    ["edgedag start backup -p 'HOST=db1 DAYS=7'", 'run a stored DAG with parameters'],
    [
      'edgedag start backup --profile prod -- HOST=db1',
      'with the values of a profile; words behind -- are parameters, whatever they contain',
    ],
  ],
  run: start,
}

export const enqueueCommand: Command = {
  name: 'enqueue',
  synopsis: 'enqueue FILE|NAME [-p PARAMS] [--queue NAME] [--priority high|low] [-- PARAMS...]',
  summary: 'put a run into its queue',
  options: {
    ...OPTIONS,
    queue: { type: 'string', short: 'u', value: 'NAME', help: 'global queue to use' },
    priority: {
      type: 'string',
      value: 'high|low',
      help: 'place in the queue: high counts as if it had come an hour earlier',
    },
  },
  examples: [['edgedag enqueue report --queue nightly --priority high', 'before those that came within the last hour']],
  run: enqueue,
}
