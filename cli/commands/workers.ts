// `workers`: which runners there are, what they run, taking one out of service and back, and which documents it gets.
import type { Answers, Worker } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Style } from '../render/style.ts'
import type { Command, Invocation } from './command.ts'

const VERBS = { drain: true, resume: false } as const
const ACCESS = ['none', 'read', 'write'] as const
const isAccess = (word: string | undefined): word is (typeof ACCESS)[number] => ACCESS.some(one => one === word)

const labelsText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** Documents that its credential reaches: `write`, `read ops,default`, `none`. */
const docsText = ({ access, workspaces }: Worker['docs'] = { access: 'write' }): string =>
  access === 'none' || workspaces === undefined ? access : `${access} ${workspaces.join(',')}`

function stateOf(worker: Worker): string {
  const words = worker.healthStatus === 'healthy' ? 'connected' : 'not connected'
  return worker.draining ? `${words}, draining` : words
}

/** Lines of the list: name, state, room, labels, and below each what it runs. */
export function workerLines(workers: Worker[], style: Style): string[] {
  if (workers.length === 0) return ['no worker is enrolled']
  const width = Math.max(4, ...workers.map(({ id }) => id.length))
  const docsWidth = Math.max(4, ...workers.map(({ docs }) => docsText(docs).length))
  const line = (name: string, state: string, room: string, docs: string, labels: string) =>
    `${name.padEnd(width)}  ${state.padEnd(23)} ${room.padEnd(9)} ${docs.padEnd(docsWidth)}  ${labels}`.trimEnd()
  return [
    style.paint('bold', line('NAME', 'STATE', 'STEPS', 'DOCS', 'LABELS')),
    ...workers.flatMap(worker => [
      line(
        worker.id,
        stateOf(worker),
        `${worker.busyPollers}/${worker.totalPollers}`,
        docsText(worker.docs),
        labelsText(worker.labels),
      ),
      ...(worker.healthStatus !== 'healthy' && worker.lastHeartbeatAt !== ''
        ? [style.paint('dim', `  last heard of at ${worker.lastHeartbeatAt}`)]
        : []),
      ...worker.runningTasks.map(task => style.paint('dim', `  ${task.dagName} ${task.dagRunId}`)),
    ]),
  ]
}

async function setDraining(client: ApiClient, invocation: Invocation, verb: keyof typeof VERBS): Promise<void> {
  const [, name, ...more] = invocation.positionals
  if (name === undefined || more.length > 0)
    throw usage(`workers ${verb} needs the name of one worker`, 'edgedag workers lists them')
  const path = `/workers/${encodeURIComponent(name)}/drain`
  const answer = await client.post<Answers['POST /workers/{workerId}/drain']>(path, {
    drain: VERBS[verb],
  } satisfies Bodies['POST /workers/{workerId}/drain'])
  const words = answer.draining
    ? `${answer.id} takes no new work; what it runs goes on`
    : `${answer.id} takes work again`
  process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${words}\n`)
}

/** `docs NAME ACCESS [WORKSPACE...]` */
async function setDocs(client: ApiClient, invocation: Invocation): Promise<void> {
  const [, name, access, ...workspaces] = invocation.positionals
  if (name === undefined || !isAccess(access))
    throw usage(
      `workers docs needs the name of a worker and one of ${ACCESS.join(', ')}`,
      'edgedag workers docs build-1 read ops default',
    )
  if (access === 'none' && workspaces.length > 0)
    throw usage('a worker that gets no documents has no workspaces for them', `edgedag workers docs ${name} none`)
  const docs = { access, ...(workspaces.length === 0 ? {} : { workspaces }) }
  const answer = await client.put<Answers['PUT /workers/{workerId}/docs']>(
    `/workers/${encodeURIComponent(name)}/docs`,
    docs satisfies Bodies['PUT /workers/{workerId}/docs'],
  )
  const words = `documents of ${answer.id} from now on: ${docsText(answer.docs)}`
  process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${words}\n`)
}

async function run(invocation: Invocation): Promise<number> {
  const [verb = 'list'] = invocation.positionals
  if (verb !== 'list' && verb !== 'docs' && !Object.hasOwn(VERBS, verb))
    throw usage(`unknown: workers ${verb}`, 'see edgedag workers --help')
  const embed = verb === 'list' ? 'read' : 'no'
  const connection = await connect({ embed, ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    if (verb === 'docs') await setDocs(connection.client, invocation)
    else if (verb !== 'list') await setDraining(connection.client, invocation, verb as keyof typeof VERBS)
    else {
      const answer = await connection.client.get<Answers['GET /workers']>('/workers')
      const lines = workerLines(answer.workers, invocation.style)
      process.stdout.write(invocation.json ? `${JSON.stringify(answer.workers)}\n` : `${lines.join('\n')}\n`)
    }
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

export const workersCommand: Command = {
  name: 'workers',
  synopsis: 'workers [ACTION]',
  summary: 'list runners; drain one, take it back, or say which documents it gets',
  actions: [
    ['workers list', 'all of them'],
    ['workers drain NAME', 'take nothing new; what runs goes on'],
    ['workers resume NAME', 'take work again'],
    [
      'workers docs NAME ACCESS [WORKSPACE...]',
      'which documents it gets: none, read or write; of all workspaces unless some are named',
    ],
  ],
  options: {},
  examples: [
    ['edgedag workers', 'hosts, their labels, what they run'],
    ['edgedag workers drain build-1', 'before maintenance'],
    ['edgedag workers docs build-1 read ops', 'reads the documents of one team alone'],
  ],
  run,
}
