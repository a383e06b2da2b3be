// Which runners are connected and what room they have. Promise: nothing about runners is written; it is rebuilt from their Runner
// objects after a loss of memory. A run that has to wait for a match has a row with the reason, and hears of room when there is some.
import type { Assignment } from '@edgedag/core/run/events'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { FLEET_TABLES } from '../../store/tables.ts'
import { type FleetApi, type Kinds, type RunnerRecord, SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import { correctGrants, findRoom, type Grant, granted, guessed, type Request, type Room, titleOf } from './room.ts'
import { Words } from './words.ts'

/** Runner objects asked at once while the fleet is rebuilt. */
const ANNOUNCE_BATCH = 40

/** So often at most the runners are asked what they carry. */
const RECONCILE_MS = 2_000
/** Runs asked at once what they hold. */
const MAX_ASKED = 40

interface Waiting extends Request {
  order: number
  reason: string
  since: number
  /** What it said that it holds; absent: not known any more. */
  held?: number
}

export class FleetObject implements Serves<FleetApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #rooms = new Map<string, Room>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #enrolled = new Map<string, RunnerRecord>()
  readonly #words = new Words()
  #rebuilt: Promise<void> | null = null
  #order = 0
  /** Runners that were asked after a loss of memory and did not answer: they may be connected. */
  readonly #unheard = new Set<string>()
  /** When a runner was last asked what it carries. */
  readonly #askedAt = new Map<string, number>()

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    migrate(host.sql, FLEET_TABLES)
    for (const row of host.sql.exec<WaitingRow>('SELECT * FROM waiting ORDER BY n')) {
      this.#waiting.set(row.run_id, toWaiting(row))
      this.#order = row.n
    }
  }

  async runnerUp({ runs = [], since, ...runner }: Parameters<FleetApi['runnerUp']>[0]): Promise<void> {
    const enrolled = await this.#recordOf(runner.runnerId)
    const known = this.#rooms.get(runner.runnerId)
    if (known !== undefined && this.#connectedAt(known) > since) return
    // What the agent carries is the truth: grants whose release was lost end here.
    const grants = new Map(
      runs.map(runId => [runId, known?.grants.get(runId) ?? this.#assumed(runId, runner.runnerId)]),
    )
    this.#rooms.set(runner.runnerId, {
      ...runner,
      name: enrolled?.name ?? '',
      // What was pinned at the enrolment cannot be claimed otherwise by the host.
      labels: { ...runner.labels, ...enrolled?.labels },
      draining: enrolled !== undefined && enrolled.drainingSince !== null,
      grants,
      connectedAt: since,
    })
    this.#host.background(this.#serveWaiting())
  }

  /** What a run holds that is carried, as long as it has not said so. One that waits for room must not wait for itself. */
  #assumed(runId: string, runnerId: string): Grant {
    const waiting = this.#waiting.get(runId)
    if (waiting !== undefined) return { count: waiting.held ?? 0, seq: 0 }
    return this.#words.take(runId, runnerId) ?? { count: 1, seq: 0, isGuess: true }
  }

  runnerDown(runnerId: string, since: number): void {
    const room = this.#rooms.get(runnerId)
    if (room !== undefined && this.#connectedAt(room) <= since) this.#rooms.delete(runnerId)
  }

  /** One that lies ahead was noted by a clock that has been set back since: whatever is said now is newer. */
  #connectedAt({ connectedAt }: Room): number {
    return connectedAt <= this.#host.now() ? connectedAt : 0
  }

  async acquire(
    request: Parameters<FleetApi['acquire']>[0],
  ): Promise<{ runnerId: string; hostname: string; room: number } | { reason: string }> {
    await this.#ready()
    correctGrants(this.#rooms, request)
    const found = findRoom(this.#rooms, request, id => this.#enrolled.get(id)?.name)
    if (!('reason' in found)) {
      this.#forget(request.runId)
      return this.#grant(found.room, request, request.seq)
    }
    if (request.wait) this.#wait(request, found.reason)
    this.#reconcile(request.runnerId)
    return found
  }

  release(request: Parameters<FleetApi['release']>[0]): void {
    // A waiting row stays: the run may have asked again before this release arrived, and gives back what it does not need.
    if (!this.#rooms.has(request.runnerId)) this.#words.keep(request)
    correctGrants(this.#rooms, request)
    if (this.#waiting.size > 0) this.#host.background(this.#ready().then(() => this.#serveWaiting()))
  }

  async runners() {
    await this.#ready()
    return [...this.#rooms.values()].map(({ grants, ...room }) => ({ ...room, used: granted({ ...room, grants }) }))
  }

  async drain(runnerId: string, on: boolean): Promise<void> {
    await this.#learn()
    const room = this.#rooms.get(runnerId)
    if (room === undefined) return
    room.draining = on
    if (!on) this.#host.background(this.#ready().then(() => this.#serveWaiting()))
  }

  async alarm(): Promise<void> {}

  #grant(room: Room, request: Request, seq = 0) {
    const known = room.grants.get(request.runId) ?? { count: 0, seq }
    const count = Math.min(request.count, room.capacity - granted(room))
    room.grants.set(request.runId, { count: known.count + count, seq: Math.max(known.seq, seq) })
    const { place } = request
    return { runnerId: room.runnerId, hostname: titleOf(room), room: count, ...(place === undefined ? {} : { place }) }
  }

  /** Somebody has to wait: are the runners really that busy, and away? Word of it may have been lost. */
  #reconcile(wanted: string | undefined): void {
    const now = this.#host.now()
    const isKnown = (id: string) => id === wanted || this.#enrolled.get(id)?.name === wanted
    const runnerIds = new Set([...this.#rooms.keys(), ...this.#unheard, ...[...this.#enrolled.keys()].filter(isKnown)])
    for (const runnerId of runnerIds) {
      if (Math.abs(now - (this.#askedAt.get(runnerId) ?? 0)) < RECONCILE_MS) continue
      this.#askedAt.set(runnerId, now)
      const said = this.#host.object('runner', runnerId).announce()
      this.#host.background(said.then(() => void this.#unheard.delete(runnerId)))
      this.#askGuessed(runnerId)
    }
  }

  /** Each looks after itself and says what it holds; of one that is over nothing is held. */
  #askGuessed(runnerId: string): void {
    const ask = async (runId: string): Promise<void> => {
      const run = this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
      if ((await run.poke(runId)) === 'active') return
      const room = this.#rooms.get(runnerId)
      if (room?.grants.get(runId)?.isGuess) room.grants.delete(runId)
      await this.#serveWaiting()
    }
    const room = this.#rooms.get(runnerId)
    for (const runId of room === undefined ? [] : guessed(room).slice(0, MAX_ASKED))
      this.#host.background(ask(runId).catch(error => console.error(`run ${runId} does not say what it holds`, error)))
  }

  #wait(request: Request, reason: string): void {
    const known = this.#waiting.get(request.runId)
    if (known !== undefined && known.reason === reason && isSame(known, request)) return
    const entry: Waiting = {
      ...request,
      order: known?.order ?? ++this.#order,
      reason,
      since: known?.since ?? this.#host.now(),
    }
    this.#waiting.set(request.runId, entry)
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO waiting (run_id, n, count, runner_id, selector, place, workers_only, reason, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      entry.runId,
      entry.order,
      entry.count,
      entry.runnerId ?? null,
      entry.selector === undefined ? null : JSON.stringify(entry.selector),
      entry.place ?? null,
      entry.workersOnly ? 1 : 0,
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

  async #tell(waiting: Waiting, grant: Assignment, room: Room): Promise<void> {
    this.#waiting.delete(waiting.runId)
    try {
      await this.#host
        .object('run', runObjectName(waiting.runId, this.#host.settings.runPool))
        .roomGranted(waiting.runId, grant)
      // It may wait again already.
      if (!this.#waiting.has(waiting.runId)) this.#host.sql.exec('DELETE FROM waiting WHERE run_id = ?', waiting.runId)
    } catch {
      room.grants.delete(waiting.runId)
      this.#waiting.set(waiting.runId, waiting)
    }
  }

  /** What the Directory knows of a runner. */
  async #recordOf(runnerId: string): Promise<RunnerRecord | undefined> {
    if (!this.#enrolled.has(runnerId)) await this.#learn()
    return this.#enrolled.get(runnerId)
  }

  async #learn(): Promise<RunnerRecord[]> {
    const runners = await this.#host.object('directory', SINGLETON).runners()
    for (const runner of runners) this.#enrolled.set(runner.runnerId, runner)
    return runners
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
    const runners = (await this.#learn()).filter(runner => runner.revokedAt === null)
    for (let i = 0; i < runners.length; i += ANNOUNCE_BATCH) {
      const asked = runners.slice(i, i + ANNOUNCE_BATCH)
      const answers = await Promise.allSettled(
        asked.map(({ runnerId }) => this.#host.object('runner', runnerId).announce()),
      )
      for (const [n, { status }] of answers.entries()) if (status === 'rejected') this.#unheard.add(asked[n]!.runnerId)
    }
  }
}

type WaitingRow = {
  run_id: string
  n: number
  count: number
  runner_id: string | null
  selector: string | null
  place: string | null
  workers_only: number
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
  ...(row.place === null ? {} : { place: row.place }),
  ...(row.selector === null ? {} : { selector: JSON.parse(row.selector) }),
  ...(row.workers_only ? { workersOnly: true } : {}),
})

/** Asked for the same once more. */
const isSame = (a: Request, b: Request): boolean =>
  a.count === b.count &&
  a.runnerId === b.runnerId &&
  a.place === b.place &&
  JSON.stringify(a.selector) === JSON.stringify(b.selector)
