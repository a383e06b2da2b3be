// `queue`: what waits, where and why; order, pauses and settings. `dequeue`: one run out of its queue.
import type { Answers, Queue, QueuedDAGRun, QueueItems, Queues } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { runPath } from '../client/follow-run.ts'
import { EXIT, usage } from '../errors.ts'
import { countdown, type Style } from '../render/style.ts'
import { type Command, type Invocation, text } from './command.ts'
import { say, server } from './run-of.ts'

const queuePath = (name: string): string => `/queues/${encodeURIComponent(name)}`

export function queueLines(queues: Queue[], style: Style): string[] {
  if (queues.length === 0) return ['nothing is queued, and no queue is configured']
  const width = Math.max(5, ...queues.map(({ name }) => name.length))
  const line = (name: string, running: string, waiting: string, kind: string) =>
    `${name.padEnd(width)}  ${running.padStart(9)}  ${waiting.padStart(7)}  ${kind}`.trimEnd()
  return [
    style.paint('bold', line('QUEUE', 'RUNNING', 'WAITING', '')),
    ...queues.map(queue =>
      line(
        queue.name,
        `${queue.runningCount}/${queue.maxConcurrency}`,
        String(queue.queuedCount),
        kindOf(queue, style),
      ),
    ),
  ]
}

const kindOf = ({ type, configFile, leaving, paused }: Queue, style: Style): string =>
  [
    type === 'global' ? '' : "a DAG's own",
    configFile === undefined ? '' : `set in ${configFile}`,
    leaving ? 'not configured any more: goes when it is empty' : '',
    paused ? style.paint('yellow', 'paused') : '',
  ]
    .filter(word => word !== '')
    .join(', ')

const itemLine = ({ position, name, dagRunId, priority, reason, expectedStart }: QueuedDAGRun, style: Style): string =>
  `${String(position).padStart(5)}  ${name} ${dagRunId}${priority === 'high' ? style.paint('yellow', ' high') : ''}${style.paint('dim', `${expectedStart ? `  starts ${countdown(expectedStart).replace('in ', 'in about ')}` : ''}${reason?.startsWith('position') === false ? `  ${reason}` : ''}`)}`

async function* itemsOf(client: ApiClient, name: string): AsyncGenerator<QueuedDAGRun> {
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor ? { cursor } : {}) })
    const page = await client.get<QueueItems>(`${queuePath(name)}/items?${query}`)
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

type Verb = (client: ApiClient, name: string, args: string[], invocation: Invocation) => Promise<string>

const VERBS: Record<string, { help: string; args: string; run: Verb }> = {
  pause: {
    help: 'what runs goes on, nothing new starts',
    args: 'QUEUE',
    async run(client, name) {
      await client.post(`${queuePath(name)}/pause`, {})
      return `${name} is paused: what runs goes on, nothing new starts`
    },
  },
  resume: {
    help: 'start again',
    args: 'QUEUE',
    async run(client, name) {
      await client.post(`${queuePath(name)}/resume`, {})
      return `${name} goes on`
    },
  },
  clear: {
    help: 'take out everything that waits',
    args: 'QUEUE --yes',
    async run(client, name, _args, { values }) {
      if (values.yes !== true) throw usage(`queue clear ${name} takes out everything that waits`, 'add --yes to do it')
      const { cleared } = await client.post<Answers['POST /queues/{name}/clear']>(`${queuePath(name)}/clear`, {})
      return `took ${cleared} run${cleared === 1 ? '' : 's'} out of ${name}`
    },
  },
  set: {
    help: 'how many run at once',
    args: 'QUEUE MAX_CONCURRENCY',
    async run(client, name, [max]) {
      const maxConcurrency = Number(max)
      if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1)
        throw usage('queue set needs a whole number from 1 on')
      await client.put(queuePath(name), { maxConcurrency } satisfies Bodies['PUT /queues/{name}'])
      return `${name} runs up to ${maxConcurrency} at once`
    },
  },
  unset: {
    help: 'a queue that nobody configures any more',
    args: 'QUEUE',
    async run(client, name) {
      await client.put(queuePath(name), { maxConcurrency: null } satisfies Bodies['PUT /queues/{name}'])
      return `${name} is no longer configured`
    },
  },
  move: {
    help: 'another place in the line',
    args: 'QUEUE RUN_ID first|last|RUN_ID',
    async run(client, name, [runId = '', where = '']) {
      const body: Bodies['POST /queues/{name}/items/{dagRunId}/move'] =
        where === 'first' || where === 'last' ? { to: where } : { before: where }
      await client.post(`${queuePath(name)}/items/${encodeURIComponent(runId)}/move`, body)
      return `${runId} goes ${where === 'first' || where === 'last' ? where : `before ${where}`}`
    },
  },
  priority: {
    help: 'high counts as if it had come an hour earlier',
    args: 'QUEUE RUN_ID high|low',
    async run(client, name, [runId = '', priority = '']) {
      await client.put(`${queuePath(name)}/items/${encodeURIComponent(runId)}/priority`, { priority })
      return `${runId} has ${priority} priority`
    },
  },
}

const argCount = (args: string): number => args.split(' ').filter(word => !word.startsWith('--')).length

async function show(client: ApiClient, name: string | undefined, { json, style }: Invocation): Promise<void> {
  const write = (line: string) => process.stdout.write(`${line}\n`)
  if (name === undefined) {
    const { queues } = await client.get<Queues>('/queues')
    for (const line of json ? [JSON.stringify(queues)] : queueLines(queues, style)) write(line)
    return
  }
  const queue = await client.get<Queue>(queuePath(name))
  if (json) {
    const items: QueuedDAGRun[] = []
    for await (const item of itemsOf(client, name)) items.push(item)
    write(JSON.stringify({ ...queue, items }))
    return
  }
  for (const line of queueLines([queue], style)) write(line)
  for await (const item of itemsOf(client, name)) write(itemLine(item, style))
}

async function queue(invocation: Invocation): Promise<number> {
  const [word, name, ...args] = invocation.positionals
  const verb = word !== undefined && Object.hasOwn(VERBS, word) ? VERBS[word] : undefined
  if (verb === undefined) {
    if (word !== undefined && word !== 'list' && word !== 'show' && name !== undefined)
      throw usage(`unknown: queue ${word}`, `use one of list, show, ${Object.keys(VERBS).join(', ')}`)
    const { client } = await server(invocation)
    await show(client, word === 'list' ? undefined : word === 'show' ? name : word, invocation)
    return EXIT.ok
  }
  if (name === undefined || args.length !== argCount(verb.args) - 1)
    throw usage(`queue ${word} needs ${verb.args}`, 'edgedag queue lists the queues')
  const { client } = await server(invocation)
  const said = await verb.run(client, name, args, invocation)
  process.stdout.write(invocation.json ? `${JSON.stringify({ queue: name, done: word })}\n` : `${said}\n`)
  return EXIT.ok
}

/** `NAME:ID` names a run; without one it is the first of the queue. A run that is named with its DAG needs no queue beside. */
async function dequeue(invocation: Invocation): Promise<number> {
  const [queue, ...more] = invocation.positionals
  const given = text(invocation.values['dag-run'])
  if (more.length > 0) throw usage(`unexpected argument ${more[0]}`, 'see edgedag dequeue --help')
  if (queue === undefined) return dequeueRun(invocation, given)
  const runId = given === undefined ? 'next' : given.replace(/^.*:/, '')
  const { client } = await server(invocation)
  const answer = await client.raw('DELETE', `${queuePath(queue)}/items/${encodeURIComponent(runId)}`)
  const { dagRunId } = (await answer.json()) as Answers['DELETE /queues/{name}/items/{dagRunId}']
  say(invocation, `took ${dagRunId} out of ${queue}`, { queue, dagRunId })
  return EXIT.ok
}

async function dequeueRun(invocation: Invocation, given: string | undefined): Promise<number> {
  if (given === undefined) throw usage('dequeue needs a queue, or --dag-run NAME:ID', 'edgedag queue lists the queues')
  const [, name, runId] = /^(.+):([^:]+)$/.exec(given) ?? []
  if (name === undefined || runId === undefined)
    throw usage(`--dag-run ${given} is no NAME:ID`, 'for example: edgedag dequeue -d backup:20261121_080000_ab12')
  const { client } = await server(invocation)
  await client.get(`${runPath(name, runId)}/dequeue`)
  say(invocation, `took ${runId} of ${name} out of its queue`, { name, dagRunId: runId })
  return EXIT.ok
}

export const queueCommand: Command = {
  name: 'queue',
  synopsis: 'queue [ACTION]',
  summary: 'show queues and what waits in them; order, pause, clear, configure',
  actions: [
    ['queue', 'all queues'],
    ['queue QUEUE', 'what runs and waits in one'],
    ...Object.entries(VERBS).map(([word, { args, help }]) => [`queue ${word} ${args}`, help] as const),
  ],
  options: { yes: { type: 'boolean', short: 'y', help: 'clear without asking' } },
  examples: [
    ['edgedag queue', 'all queues'],
    ['edgedag queue nightly', 'what runs and waits in one'],
    ['edgedag queue set nightly 3', 'three runs at once'],
  ],
  run: queue,
}

export const dequeueCommand: Command = {
  name: 'dequeue',
  synopsis: 'dequeue QUEUE [-d RUN_ID] | dequeue -d NAME:RUN_ID',
  summary: 'take a run out of its queue: the first, or the one named',
  options: {
    'dag-run': { type: 'string', short: 'd', value: 'NAME:ID', help: 'the run; the first in the queue unless given' },
  },
  examples: [
    ['edgedag dequeue nightly', 'the first in the queue'],
    ['edgedag dequeue -d report:ID', 'a certain run, wherever it waits'],
  ],
  run: dequeue,
}
