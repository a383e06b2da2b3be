// All kinds of objects: their classes and the methods that others may call. Hosts (workerd, the simulator) are built from this.
import type { ManagedObject, ObjectHost, Serves } from '../host/port.ts'
import { AlertsObject } from './alerts.ts'
import type { Kinds } from './contracts.ts'
import { DagObject } from './dag.ts'
import { DirectoryObject } from './directory.ts'
import { FleetObject } from './fleet.ts'
import { IndexObject } from './index.ts'
import { QueueObject } from './queue.ts'
import { RunObject } from './run.ts'
import { RunnerObject } from './runner.ts'
import { VaultObject } from './vault.ts'

export interface ObjectClass<K extends keyof Kinds> {
  create(host: ObjectHost<Kinds>): Serves<Kinds[K]> & ManagedObject
  /** Methods that other objects and the Worker may call. */
  rpc: readonly (keyof Kinds[K] & string)[]
}

export const OBJECT_CLASSES: { [K in keyof Kinds]: ObjectClass<K> } = {
  directory: {
    create: host => new DirectoryObject(host),
    rpc: [
      'dagId',
      'inlineDagId',
      'renameDag',
      'removeDag',
      'dagIds',
      'sweepPage',
      'sweep',
      'principal',
      'ensureBootstrapKey',
      'createSession',
      'endSession',
      'createEnrolment',
      'enrol',
      'runners',
      'revokeRunner',
      'drainRunner',
      'queues',
      'baseConfig',
      'setBaseConfig',
      'timezone',
      'setTimezone',
      'setQueue',
      'webhookDags',
      'noteWebhook',
    ],
  },
  index: {
    create: host => new IndexObject(host),
    rpc: ['feed', 'hint', 'acknowledged', 'overdue', 'removeDag', 'activity', 'runs', 'dags'],
  },
  dag: {
    create: host => new DagObject(host),
    rpc: [
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
      'queueMove',
      'queuePriority',
      'queuePaused',
      'removeRun',
      'cleanUp',
      'admitted',
      'runChanged',
      'retry',
      'specOf',
      'specText',
      'definition',
      'textOf',
      'sweep',
      'webhook',
      'deliver',
      'deliveries',
    ],
  },
  queue: {
    create: host => new QueueObject(host),
    rpc: [
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
    ],
  },
  run: {
    create: host => new RunObject(host),
    rpc: [
      'create',
      'summary',
      'report',
      'runnerHello',
      'attemptSecrets',
      'runnerLost',
      'roomGranted',
      'stop',
      'retry',
      'setStepStatus',
      'decide',
      'slotGranted',
      'details',
      'outputs',
      'events',
      'stepLog',
      'childChanged',
      'news',
      'children',
      'specHash',
      'poke',
      'called',
      'hosts',
      'forget',
      'tailed',
    ],
  },
  runner: {
    create: host => new RunnerObject(host),
    rpc: ['send', 'read', 'follow', 'status', 'carries', 'watch', 'announce', 'forget', 'revoke'],
  },
  alerts: {
    create: host => new AlertsObject(host),
    rpc: ['report', 'list', 'dismiss', 'settings', 'setWebhook', 'testWebhook', 'sweep'],
  },
  fleet: {
    create: host => new FleetObject(host),
    rpc: ['runnerUp', 'runnerDown', 'acquire', 'release', 'runners', 'drain'],
  },
  vault: {
    create: host => new VaultObject(host),
    rpc: [
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
      'audit',
      'keys',
    ],
  },
}
