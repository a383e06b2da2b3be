// Queues by name, of both kinds behind the same words: the named ones, and those of DAGs while something runs or waits in them.
import {
  type ConfiguredQueue,
  type Destination,
  type Priority,
  type QueueDescription,
  type QueuedItem,
  type QueueRefusal,
  SINGLETON,
} from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { directory, findDag } from '../find-dag.ts'

export interface QueueHandle {
  type: 'global' | 'dag-based'
  /** Who has set its size: people, or a configuration file (its path); null: nobody has. */
  configured: 'user' | { file: string } | null
  describe(): Promise<QueueDescription>
  items(query: { from: number; limit: number }): Promise<QueuedItem[]>
  /** From 1; 0: it does not wait here. */
  positionOf(runId: string): Promise<number>
  move(runId: string, where: Destination): Promise<'ok' | QueueRefusal>
  setPriority(runId: string, priority: Priority): Promise<'ok' | QueueRefusal>
  setPaused(paused: boolean): Promise<void>
}

type Configured = ReadonlyMap<string, ConfiguredQueue>

async function configuredQueues(deps: ApiDeps): Promise<Configured> {
  return new Map((await directory(deps).queues()).map(queue => [queue.name, queue]))
}

function namedQueue(deps: ApiDeps, name: string, known: Configured): QueueHandle {
  const queue = deps.object('queue', name)
  const setting = known.get(name)
  return {
    type: 'global',
    configured: setting === undefined ? null : setting.file === null ? 'user' : { file: setting.file },
    describe: () => queue.describe(),
    items: query => queue.items(query),
    positionOf: async runId => (await queue.place(runId))?.position ?? 0,
    move: (runId, where) => queue.move(runId, where),
    setPriority: (runId, priority) => queue.setPriority(runId, priority),
    setPaused: paused => queue.setPaused(paused),
  }
}

function ownQueue(deps: ApiDeps, dagId: string): QueueHandle {
  const dag = deps.object('dag', dagId)
  return {
    type: 'dag-based',
    configured: null,
    describe: () => dag.queueDescription(),
    items: query => dag.queueItems(query),
    positionOf: async runId => await dag.queuePosition(runId),
    move: (runId, where) => dag.queueMove(runId, where),
    setPriority: (runId, priority) => dag.queuePriority(runId, priority),
    setPaused: paused => dag.queuePaused(paused),
  }
}

/** Own queues that are looked at for one list. */
const MOST_OWN_QUEUES = 200

/** All queues that there are now: configured, used by a run, or a DAG's own with something in it. */
export async function allQueues(deps: ApiDeps): Promise<{ handle: QueueHandle; description: QueueDescription }[]> {
  const [configured, activity] = await Promise.all([configuredQueues(deps), deps.object('index', SINGLETON).activity()])
  const used = activity.flatMap(({ queue }) => (queue === null ? [] : [queue]))
  const names = [...new Set([...configured.keys(), ...used])].sort()
  const own = activity.filter(({ queue, queued, running }) => queue === null && queued + running > 0)
  const handles = [
    ...names.map(name => namedQueue(deps, name, configured)),
    ...own
      .sort((a, b) => (a.dagName < b.dagName ? -1 : 1))
      .slice(0, MOST_OWN_QUEUES)
      .map(({ dagId }) => ownQueue(deps, dagId)),
  ]
  const described = await Promise.all(handles.map(async handle => ({ handle, description: await handle.describe() })))
  return described.filter(({ handle, description }) => isThere(handle, description))
}

/** A queue that nobody configured is there while it is paused, or something runs or waits in it. */
const isThere = ({ configured }: QueueHandle, { queuedCount, running, paused }: QueueDescription): boolean =>
  configured !== null || queuedCount + running.length > 0 || paused

/** The queue of that name; null: there is none now. A named one goes before a DAG's own. */
export async function findQueue(
  deps: ApiDeps,
  name: string,
): Promise<{ handle: QueueHandle; description: QueueDescription } | null> {
  const named = namedQueue(deps, name, await configuredQueues(deps))
  const description = await named.describe()
  if (isThere(named, description)) return { handle: named, description }
  const dag = await findDag(deps, name)
  const own = dag === null ? null : ownQueue(deps, dag.dagId)
  const found = own === null ? null : await own.describe()
  if (own !== null && found !== null && isThere(own, found)) return { handle: own, description: { ...found, name } }
  return (await allQueues(deps)).find(queue => queue.description.name === name) ?? null
}

/** The queue of that name, to be paused or filled: a DAG's own also while it is empty. Null: nobody has such a queue. */
export async function queueToChange(deps: ApiDeps, name: string): Promise<QueueHandle | null> {
  const found = await findQueue(deps, name)
  if (found !== null) return found.handle
  const dag = await findDag(deps, name)
  return dag === null ? null : ownQueue(deps, dag.dagId)
}
