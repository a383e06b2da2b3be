// Turns an object class written against the port into a Durable Object class of workerd.
// Promise: whatever the object does, its alarm is armed again, its failures are logged, and the platform's limits hold
// locally too (2 MB a value, 100 bound parameters, 16 KB an attachment).
import { DurableObject } from 'cloudflare:workers'
import type { Kinds } from '../objects/contracts.ts'
import type { ObjectClass } from '../objects/registry.ts'
import { count, counting } from './counters.ts'
import type { AlarmPort, Blobs, ManagedObject, ObjectHost, Serves, Sockets, Sql, SqlRow, SqlValue } from './port.ts'
import { createTurns } from './turns.ts'
import { workerBlobs } from './workerd-blobs.ts'
import { type Env, readSettings, stubOf } from './workerd-env.ts'
import { attachSockets, type SocketTable } from './workerd-sockets.ts'

const MAX_VALUE_BYTES = 2_000_000
const MAX_PARAMETERS = 100
const MAX_PAUSE_MS = 250
/** A failed alarm handler is called again by our own alarm: the platform gives up after six tries. */
const RETRY_ALARM_MS = 5_000

/** Of all objects in this isolate. */
const turns = createTurns({ atOnce: 2, longestMs: 2_000, pause: ms => scheduler.wait(ms), now: Date.now })

// biome-ignore lint/suspicious/noExplicitAny: methods are forwarded by name; their types are those of the contract
type AnyMethod = (...args: any[]) => unknown

export type HostedClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>

/** A Durable Object class that hosts objects of one kind. */
export function durableObject<K extends keyof Kinds & string>(kind: K, objectClass: ObjectClass<K>): HostedClass {
  class Hosted extends DurableObject<Env> {
    readonly #object: Serves<Kinds[K]> & ManagedObject
    readonly #sockets: SocketTable
    readonly #commit: CommitCounter

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      this.#sockets = attachSockets(ctx)
      this.#commit = commitCounter(kind, ctx)
      this.#object = objectClass.create(createHost(kind, ctx, env, this.#sockets, this.#commit))
      if (this.#object.init !== undefined) void ctx.blockConcurrencyWhile(() => this.#object.init!())
    }

    call(method: string, args: unknown[]): unknown {
      this.#commit.next()
      count(kind, 'requests')
      return (this.#object as unknown as Record<string, AnyMethod>)[method]!(...args)
    }

    override async alarm(): Promise<void> {
      this.#commit.next()
      count(kind, 'requests')
      count(kind, 'alarms')
      try {
        await this.#object.alarm()
      } catch (error) {
        console.error(`alarm of ${kind}/${this.ctx.id.name} failed`, error)
        await this.ctx.storage.setAlarm(Date.now() + RETRY_ALARM_MS)
      }
    }

    override async fetch(request: Request): Promise<Response> {
      this.#commit.next()
      count(kind, 'requests')
      return (await this.#object.fetch?.(request)) ?? new Response(null, { status: 404 })
    }

    override async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
      this.#commit.next()
      count(kind, 'messages')
      if (typeof message === 'string') await this.#object.message?.(this.#sockets.of(ws), message)
      else ws.close(1003, 'text frames only')
    }

    override async webSocketClose(ws: WebSocket): Promise<void> {
      this.#commit.next()
      await this.#object.closed?.(this.#sockets.of(ws))
    }

    override async webSocketError(ws: WebSocket): Promise<void> {
      this.#commit.next()
      await this.#object.closed?.(this.#sockets.of(ws))
    }
  }
  for (const method of objectClass.rpc) {
    Object.defineProperty(Hosted.prototype, method, {
      value(this: Hosted, ...args: unknown[]) {
        return this.call(method, args)
      },
    })
  }
  return Hosted
}

function createHost(
  kind: string,
  ctx: DurableObjectState,
  env: Env,
  table: SocketTable,
  { commit }: CommitCounter,
): ObjectHost<Kinds> {
  return {
    name: ctx.id.name ?? '',
    sql: createSql(kind, ctx, commit),
    alarm: createAlarm(kind, ctx, commit),
    sockets: createSockets(ctx, table),
    blobs: createBlobs(kind, env),
    object: (target, name) => stubOf(env, target, name),
    background: work =>
      ctx.waitUntil(work.catch(error => console.error(`background work of ${kind}/${ctx.id.name} failed`, error))),
    durable: () => ctx.storage.sync(),
    now: () => Date.now(),
    randomHex,
    pause(ms) {
      if (ms > MAX_PAUSE_MS) throw new Error(`A pause of ${ms} ms keeps the object awake; use the alarm`)
      return scheduler.wait(ms)
    },
    inTurn: work => turns.take(work),
    afterTurns: longestMs => turns.quiet(longestMs),
    fetch: (url, init) => fetch(url, init),
    settings: readSettings(env),
  }
}

interface CommitCounter {
  /** Something was written. */
  commit(): void
  /** Another event begins: what is written from now on is another commit. */
  next(): void
}

/** Counts one commit for all writes of an event up to the next turn in which storage is durable. */
function commitCounter(kind: string, ctx: DurableObjectState): CommitCounter {
  let open = false
  const next = () => {
    open = false
  }
  return {
    next,
    commit() {
      if (open || !counting.commits) return
      open = true
      count(kind, 'commits')
      // Never told when the event ends first: the next one begins with `next`.
      void ctx.storage.sync().then(next)
    },
  }
}

function createSql(kind: string, ctx: DurableObjectState, commit: () => void): Sql {
  return {
    exec<T extends SqlRow>(query: string, ...values: SqlValue[]): T[] {
      if (values.length > MAX_PARAMETERS)
        throw new Error(`${values.length} bound parameters, ${MAX_PARAMETERS} are allowed`)
      for (const value of values) assertSize(value)
      const cursor = ctx.storage.sql.exec<T>(query, ...values)
      const rows = cursor.toArray()
      if (cursor.rowsWritten > 0) {
        count(kind, 'rows', cursor.rowsWritten)
        commit()
      }
      return rows
    },
  }
}

function assertSize(value: SqlValue): void {
  // A text of n UTF-16 units has at most 3n bytes: only long ones have to be measured.
  const bytes =
    typeof value === 'string'
      ? value.length * 3 <= MAX_VALUE_BYTES
        ? 0
        : new TextEncoder().encode(value).byteLength
      : value instanceof ArrayBuffer
        ? value.byteLength
        : 0
  if (bytes > MAX_VALUE_BYTES) throw new Error(`A value of ${bytes} bytes, ${MAX_VALUE_BYTES} are allowed`)
}

function createAlarm(kind: string, ctx: DurableObjectState, commit: () => void): AlarmPort {
  return {
    get: () => ctx.storage.getAlarm(),
    set(at) {
      count(kind, 'rows')
      commit()
      void ctx.storage.setAlarm(at)
    },
  }
}

function createSockets(ctx: DurableObjectState, table: SocketTable): Sockets {
  return {
    all: tag => ctx.getWebSockets(tag).map(ws => table.of(ws)),
    accept(tags, attachment) {
      const pair = new WebSocketPair()
      ctx.acceptWebSocket(pair[1], [`id:${randomHex(16)}`, ...tags])
      table.of(pair[1]).setAttachment(attachment)
      return new Response(null, { status: 101, webSocket: pair[0] })
    },
  }
}

function createBlobs(kind: string, env: Env): Blobs {
  const blobs = workerBlobs(env.BLOBS)
  return {
    put(key, body) {
      count(kind, 'classA')
      return blobs.put(key, body)
    },
    get(key, range) {
      count(kind, 'classB')
      return blobs.get(key, range)
    },
    delete: keys => blobs.delete(keys),
    list(prefix, after) {
      count(kind, 'classA')
      return blobs.list(prefix, after)
    },
  }
}

function randomHex(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2)))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, length)
}
