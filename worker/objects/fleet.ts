// Which runners are connected and what room they have. Promise: nothing about runners is written; it is rebuilt from their Runner
// objects after a loss of memory. A run that has to wait for a match has a row with the reason, and hears of room when there is some.
import type { ManagedObject, ObjectHost, Serves } from '../host/port.ts'
import { migrate } from '../store/migrate.ts'
import { FLEET_TABLES } from '../store/tables.ts'
import { type FleetApi, type Kinds, SINGLETON } from './contracts.ts'
import { findRoom, type Request, type Room } from './fleet-room.ts'
import { runObjectName } from './names.ts'

/** Runner objects asked at once while the fleet is rebuilt. */
const ANNOUNCE_BATCH = 40

interface Waiting extends Request {
  order: number
  reason: string
  since: number
}

export class FleetObject implements Serves<FleetApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #rooms = new Map<string, Room>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #names = new Map<string, string>()
  #rebuilt: Promise<void> | null = null
  #order = 0

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    migrate(host.sql, FLEET_TABLES)
    for (const row of host.sql.exec<WaitingRow>('SELECT * FROM waiting ORDER BY n')) {
      this.#waiting.set(row.run_id, toWaiting(row))
      this.#order = row.n
    }
  }

  async runnerUp({ runs = [], ...runner }: Parameters<FleetApi['runnerUp']>[0]): Promise<void> {
    const name = await this.#nameOf(runner.runnerId)
    const known = this.#rooms.get(runner.runnerId)
    // What the agent carries is the truth: grants whose release was lost end here.
    const grants = new Map(runs.map(runId => [runId, known?.grants.get(runId) ?? 1]))
    this.#rooms.set(runner.runnerId, {
      ...runner,
      name,
      grants,
      connectedAt: known?.connectedAt ?? this.#host.now(),
    })
    this.#host.background(this.#serveWaiting())
  }

  runnerDown(runnerId: string): void {
    this.#rooms.delete(runnerId)
  }

  async acquire(
    request: Request & { wait: boolean; held?: number },
  ): Promise<{ runnerId: string; hostname: string; room: number } | { reason: string }> {
    await this.#ready()
    const found = findRoom(this.#rooms, request)
    if (!('reason' in found)) {
      this.#forget(request.runId)
      return this.#grant(found.room, request, request.held)
    }
    if (request.wait) this.#wait(request, found.reason)
    return found
  }

  release(request: { runId: string; runnerId: string; count: number }): void {
    // A waiting row stays: the run may have asked again before this release arrived, and gives back what it does not need.
    const room = this.#rooms.get(request.runnerId)
    const held = room?.grants.get(request.runId) ?? 0
    if (held > request.count) room?.grants.set(request.runId, held - request.count)
    else room?.grants.delete(request.runId)
    if (this.#waiting.size > 0) this.#host.background(this.#ready().then(() => this.#serveWaiting()))
  }

  async runners() {
    await this.#ready()
    return [...this.#rooms.values()].map(({ grants, ...room }) => ({ ...room, used: used(grants) }))
  }

  async alarm(): Promise<void> {}

  #grant(room: Room, request: Request, held = room.grants.get(request.runId) ?? 0) {
    const count = Math.min(request.count, room.capacity - used(room.grants))
    room.grants.set(request.runId, held + count)
    return { runnerId: room.runnerId, hostname: room.hostname, room: count }
  }

  #wait(request: Request, reason: string): void {
    const known = this.#waiting.get(request.runId)
    if (known !== undefined && known.reason === reason && known.count === request.count) return
    const entry: Waiting = {
      ...request,
      order: known?.order ?? ++this.#order,
      reason,
      since: known?.since ?? this.#host.now(),
    }
    this.#waiting.set(request.runId, entry)
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO waiting (run_id, n, count, runner_id, selector, reason, since) VALUES (?, ?, ?, ?, ?, ?, ?)',
      entry.runId,
      entry.order,
      entry.count,
      entry.runnerId ?? null,
      entry.selector === undefined ? null : JSON.stringify(entry.selector),
      entry.reason,
      entry.since,
    )
  }

  #forget(runId: string): void {
    if (this.#waiting.delete(runId)) this.#host.sql.exec('DELETE FROM waiting WHERE run_id = ?', runId)
  }

  /** Gives room to those who wait, oldest first; a row goes only after its Run has taken the room. */
  async #serveWaiting(): Promise<void> {
    const granted: Promise<void>[] = []
    for (const waiting of [...this.#waiting.values()].sort((a, b) => a.order - b.order)) {
      const found = findRoom(this.#rooms, waiting)
      if ('reason' in found) continue
      const grant = this.#grant(found.room, waiting)
      granted.push(this.#tell(waiting, grant, found.room))
    }
    await Promise.all(granted)
  }

  async #tell(
    waiting: Waiting,
    grant: { runnerId: string; hostname: string; room: number },
    room: Room,
  ): Promise<void> {
    this.#waiting.delete(waiting.runId)
    try {
      await this.#host
        .object('run', runObjectName(waiting.runId, this.#host.settings.runPool))
        .roomGranted(waiting.runId, grant)
      this.#host.sql.exec('DELETE FROM waiting WHERE run_id = ?', waiting.runId)
    } catch {
      room.grants.delete(waiting.runId)
      this.#waiting.set(waiting.runId, waiting)
    }
  }

  /** The name under which a runner was enrolled. */
  async #nameOf(runnerId: string): Promise<string> {
    if (!this.#names.has(runnerId)) {
      for (const runner of await this.#host.object('directory', SINGLETON).runners())
        this.#names.set(runner.runnerId, runner.name)
    }
    return this.#names.get(runnerId) ?? ''
  }

  /** After a loss of memory every enrolled runner's object is asked to say again what it knows. */
  #ready(): Promise<void> {
    this.#rebuilt ??= this.#rebuild().catch(error => {
      this.#rebuilt = null
      throw error
    })
    return this.#rebuilt
  }

  async #rebuild(): Promise<void> {
    const runners = (await this.#host.object('directory', SINGLETON).runners()).filter(
      runner => runner.revokedAt === null,
    )
    for (let i = 0; i < runners.length; i += ANNOUNCE_BATCH) {
      await Promise.allSettled(
        runners.slice(i, i + ANNOUNCE_BATCH).map(runner => this.#host.object('runner', runner.runnerId).announce()),
      )
    }
  }
}

type WaitingRow = {
  run_id: string
  n: number
  count: number
  runner_id: string | null
  selector: string | null
  reason: string
  since: number
}

const toWaiting = (row: WaitingRow): Waiting => ({
  runId: row.run_id,
  order: row.n,
  count: row.count,
  reason: row.reason,
  since: row.since,
  ...(row.runner_id === null ? {} : { runnerId: row.runner_id }),
  ...(row.selector === null ? {} : { selector: JSON.parse(row.selector) }),
})

const used = (grants: ReadonlyMap<string, number>): number => {
  let sum = 0
  for (const count of grants.values()) sum += count
  return sum
}
