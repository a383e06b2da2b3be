// All kinds of objects: their classes and the methods that others may call. Hosts (workerd, the simulator) are built from this.
import type { ManagedObject, ObjectHost, Serves } from '../host/port.ts'
import { AlertsObject } from './alerts/alerts.ts'
import type { Kinds } from './contracts.ts'
import { DagObject } from './dag/dag.ts'
import { DirectoryObject } from './directory/directory.ts'
import { EdgeRunnerObject } from './edge/edge-runner.ts'
import { FleetObject } from './fleet/fleet.ts'
import { IndexObject } from './index/index.ts'
import { QueueObject } from './queue/queue.ts'
import { RunObject } from './run/run.ts'
import { RunnerObject } from './runner/runner.ts'
import { VaultObject } from './vault/vault.ts'

export interface ObjectClass<K extends keyof Kinds> {
  create(host: ObjectHost<Kinds>): Serves<Kinds[K]> & ManagedObject
  /** Methods that other objects and the Worker may call. */
  rpc: readonly (keyof Kinds[K] & string)[]
}

/** The names of all methods of a contract. One that is left out does not compile: it could not be called. */
const methodsOf =
  <Api>() =>
  <const N extends readonly (keyof Api & string)[]>(
    ...names: N &
      ([Exclude<keyof Api & string, N[number]>] extends [never] ? unknown : { missing: Exclude<keyof Api, N[number]> })
  ): N =>
    names

export const OBJECT_CLASSES: { [K in keyof Kinds]: ObjectClass<K> } = {
  directory: {
    create: host => new DirectoryObject(host),
    rpc: methodsOf<Kinds['directory']>()(
      'dagId',
      'inlineDagId',
      'renameDag',
      'removeDag',
      'dagIds',
      'sweepPage',
      'sweep',
      'awakeSince',
      'principal',
      'ensureBootstrapKey',
      'createSession',
      'endSession',
      'apiKeys',
      'createApiKey',
      'updateApiKey',
      'removeApiKey',
      'createEnrolment',
      'enrol',
      'runners',
      'revokeRunner',
      'drainRunner',
      'runnerDocs',
      'setRunnerDocs',
      'queues',
      'baseConfig',
      'setBaseConfig',
      'setProfileDefaults',
      'timezone',
      'setTimezone',
      'setQueue',
      'setFileQueues',
      'webhookDags',
      'docs',
      'noteWebhook',
    ),
  },
  index: {
    create: host => new IndexObject(host),
    rpc: methodsOf<Kinds['index']>()(
      'feed',
      'hint',
      'acknowledged',
      'overdue',
      'removeDag',
      'activity',
      'runs',
      'searchSpecs',
      'specMatches',
      'dags',
    ),
  },
  dag: {
    create: host => new DagObject(host),
    rpc: methodsOf<Kinds['dag']>()(
      'putSpec',
      'get',
      'listItem',
      'schedule',
      'previewBackfill',
      'startBackfill',
      'backfills',
      'steerBackfill',
      'suspend',
      'settings',
      'setSettings',
      'remove',
      'rename',
      'start',
      'runs',
      'run',
      'activeRuns',
      'lines',
      'dequeue',
      'dequeueAll',
      'queueDescription',
      'queueItems',
      'queuePosition',
      'queueMove',
      'queuePriority',
      'queuePaused',
      'removeRun',
      'cleanUp',
      'admitted',
      'runChanged',
      'retry',
      'cancelRetry',
      'specOf',
      'specText',
      'definition',
      'textOf',
      'sweep',
      'webhook',
      'deliver',
      'deliveries',
    ),
  },
  queue: {
    create: host => new QueueObject(host),
    rpc: methodsOf<Kinds['queue']>()(
      'configure',
      'enqueue',
      'dequeue',
      'dequeueAll',
      'release',
      'describe',
      'items',
      'place',
      'move',
      'setPriority',
      'setPaused',
    ),
  },
  run: {
    create: host => new RunObject(host),
    rpc: methodsOf<Kinds['run']>()(
      'ready',
      'create',
      'summary',
      'report',
      'runnerHello',
      'attemptSecrets',
      'runnerLost',
      'roomGranted',
      'stop',
      'retry',
      'retryable',
      'retryChild',
      'setStepStatus',
      'decide',
      'cancelRetry',
      'slotGranted',
      'planImports',
      'importedSteps',
      'details',
      'outputs',
      'events',
      'stepLog',
      'childChanged',
      'news',
      'children',
      'specHash',
      'searchLogs',
      'repair',
      'artifacts',
      'poke',
      'called',
      'hosts',
      'forget',
      'tailed',
    ),
  },
  runner: {
    create: host => new RunnerObject(host),
    rpc: methodsOf<Kinds['runner']>()(
      'send',
      'read',
      'follow',
      'status',
      'watch',
      'announce',
      'forget',
      'comeAgain',
      'revoke',
    ),
  },
  alerts: {
    create: host => new AlertsObject(host),
    rpc: methodsOf<Kinds['alerts']>()(
      'report',
      'list',
      'dismiss',
      'settings',
      'setWebhook',
      'testWebhook',
      'setMail',
      'testMail',
      'sweep',
    ),
  },
  edge: { create: host => new EdgeRunnerObject(host), rpc: ['send'] },
  fleet: {
    create: host => new FleetObject(host),
    rpc: methodsOf<Kinds['fleet']>()('runnerUp', 'runnerDown', 'acquire', 'release', 'runners', 'drain'),
  },
  vault: {
    create: host => new VaultObject(host),
    rpc: methodsOf<Kinds['vault']>()(
      'profiles',
      'profile',
      'createProfile',
      'updateProfile',
      'removeProfile',
      'setEntry',
      'removeEntry',
      'usable',
      'secrets',
      'secret',
      'createSecret',
      'updateSecret',
      'setSecretStatus',
      'addVersion',
      'removeSecret',
      'attempt',
      'putBox',
      'openBox',
      'removeBox',
      'audit',
      'keys',
    ),
  },
}
