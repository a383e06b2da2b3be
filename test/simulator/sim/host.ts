// The ObjectHost of one instance in the simulator. Promise: an instance that is gone can neither write, send nor hear anything.

import type { Blobs, ObjectHost, Socket, Sql, SqlRow, SqlValue, Stub } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { OBJECT_CLASSES } from '@edgedag/worker/objects/registry'
import type { Instance } from './actor.ts'
import { clone } from './clone.ts'
import { SimFault } from './faults.ts'
import { ServerSocket } from './server-socket.ts'

/** What a dead instance waits for. */
const never = <T>(): Promise<T> => new Promise<T>(() => {})
const MAX_PAUSE_MS = 250

export function createHost(instance: Instance): ObjectHost<Kinds> {
  const { plane, name } = instance.owner
  return {
    name,
    sql: createSql(instance),
    alarm: { get: async () => instance.alarm, set: at => instance.setAlarm(at) },
    sockets: {
      all: tag =>
        [...instance.owner.sockets.values()]
          .filter(socket => tag === undefined || socket.tags.includes(tag))
          .map(socket => socketOf(instance, socket)),
      accept: (tags, attachment) => accept(instance, tags, attachment),
    },
    blobs: createBlobs(instance),
    object: (kind, target) => createStub(instance, kind, target),
    background(work) {
      instance.busy++
      work.then(
        () => void instance.busy--,
        error => {
          instance.busy--
          if (!instance.dead && !(error instanceof SimFault))
            plane.unexpected(`background work of ${instance.owner.label}`, error)
        },
      )
    },
    durable: () => waitFor(instance, 'durable', done => instance.output(() => done({ ok: true, value: undefined }))),
    now: () => Math.floor(plane.now),
    randomHex: length => plane.random.hex(length),
    inTurn: work => work(),
    // Nobody is held back in turns here: now and then somebody waits for them all the same.
    async afterTurns(longestMs = MAX_PAUSE_MS) {
      if (plane.random.chance(0.03)) await this.pause(plane.random.between(1, Math.min(longestMs, MAX_PAUSE_MS)))
    },
    pause(ms) {
      if (ms > MAX_PAUSE_MS) throw new Error(`A pause of ${ms} ms keeps the object awake; use the alarm`)
      return waitFor(instance, 'pause', done => plane.loop.after(ms, () => done({ ok: true, value: undefined })))
    },
    fetch: (url, init) =>
      waitFor(instance, 'fetch', done => instance.output(() => plane.outside.request(url, init, done))),
    settings: plane.settings,
  }
}

type Done = (outcome: { ok: true; value: unknown } | { ok: false; error: unknown }) => void

/** A promise of the instance that is settled by an event, if it still lives then. */
function waitFor<T>(instance: Instance, label: string, begin: (done: Done) => void): Promise<T> {
  if (instance.dead) return never()
  instance.point(label)
  instance.busy++
  return new Promise<T>((resolve, reject) => {
    begin(outcome =>
      instance.resume(() => {
        instance.busy--
        if (outcome.ok) resolve(outcome.value as T)
        else reject(outcome.error)
      }),
    )
  })
}

function createSql(instance: Instance): Sql {
  const beforeWrite = (): void => instance.beforeWrite()
  return {
    exec<T extends SqlRow>(query: string, ...values: SqlValue[]): T[] {
      if (instance.dead) throw new SimFault('this instance is gone', true)
      return instance.owner.sql.exec<T>(query, values, beforeWrite)
    },
  }
}

/** An object as another one calls it; the methods of a kind are made once. */
class SimStub {
  readonly instance: Instance
  readonly name: string

  constructor(instance: Instance, name: string) {
    this.instance = instance
    this.name = name
  }
}

const stubClasses = new Map<keyof Kinds, typeof SimStub>()

function stubClass(kind: keyof Kinds): typeof SimStub {
  const known = stubClasses.get(kind)
  if (known !== undefined) return known
  const made = class extends SimStub {}
  for (const method of OBJECT_CLASSES[kind].rpc) {
    const label = `call ${kind}.${method}`
    const call = function (this: SimStub, ...args: unknown[]): Promise<unknown> {
      const { instance, name } = this
      if (instance.dead) return never()
      const copy = clone(args)
      return waitFor(instance, label, done =>
        instance.output(() => instance.owner.plane.send({ kind, name, method, args: copy }, done)),
      )
    }
    Object.defineProperty(made.prototype, method, { value: call })
  }
  stubClasses.set(kind, made)
  return made
}

const createStub = <K extends keyof Kinds>(instance: Instance, kind: K, name: string): Stub<Kinds[K]> =>
  new (stubClass(kind))(instance, name) as unknown as Stub<Kinds[K]>

function createBlobs(instance: Instance): Blobs {
  const { plane } = instance.owner
  return {
    put: (key, body) =>
      waitFor(instance, 'blob put', done => instance.output(() => plane.blobs.put(key, body as Uint8Array, done))),
    get: (key, range) => waitFor(instance, 'blob get', done => plane.blobs.get(key, range, done)),
    list: (prefix, after = '') => waitFor(instance, 'blob list', done => plane.blobs.list(prefix, after, done)),
    delete: keys => waitFor(instance, 'blob delete', done => instance.output(() => plane.blobs.delete(keys, done))),
  }
}

function accept(instance: Instance, tags: string[], attachment: unknown): Response {
  const socket = new ServerSocket(instance.owner, instance.owner.plane.random.hex(8), tags)
  socket.attachment = JSON.stringify(attachment)
  instance.owner.sockets.set(socket.id, socket)
  // Node's Response knows no status 101; whoever upgrades reads the socket from here.
  return { status: 101, simulated: socket } as unknown as Response
}

export function socketOf(instance: Instance, socket: ServerSocket): Socket {
  return {
    id: socket.id,
    tags: socket.tags,
    send(text) {
      instance.point('send')
      instance.output(() => socket.conn?.sendToAgent(text))
    },
    close() {
      instance.point('close')
      instance.output(() => socket.conn?.closeFromServer())
    },
    getAttachment: () => JSON.parse(socket.attachment),
    setAttachment(value) {
      instance.point('attach')
      socket.attachment = JSON.stringify(value)
      if (socket.attachment.length > 16_000) throw new Error('Attachment over 16 KB')
    },
    lastPingAt: () => socket.conn?.lastPingAt() ?? null,
  }
}
