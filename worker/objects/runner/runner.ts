// One object per runner agent: its socket. Promise: frames are relayed and nothing is written on the way; when contact is lost the
// moment is stored once, and 30 s later every run that the agent carried hears of it, whatever restarts in between.

import { FrameOrder } from '@edgedag/core/protocol/frame-order'
import { type Hello, PROTOCOL, type Report, type RunFrame, type ToAgent } from '@edgedag/core/protocol/frames'
import { isTooLate } from '@edgedag/core/protocol/late-plans'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves, Socket } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { RUNNER_TABLES } from '../../store/tables.ts'
import { type Kinds, type RunnerApi, SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import { CONTACT_MS, Contact } from './contact.ts'
import { RunnerForget } from './forget.ts'
import { parseFrame } from './frames.ts'
import { RunnerLoss } from './loss.ts'
import { RunnerReads } from './reads.ts'
import { CarriedRuns } from './state.ts'

/** A run whose reports failed so often is left alone until this object starts anew. */
const MAX_FAILURES = 5
const PAUSE_MS = 250
/** So long at most a report waits for runs that are being created. */
const STARTS_FIRST_MS = 100
/** So many pauses a report waits for its run to have heard the hello. */
const HELLO_PAUSES = 20
/** Runs asked at once whether they are over. */
const MAX_ASKED = 40
const AGENT = 'agent'

export class RunnerObject implements Serves<RunnerApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  #connection: CarriedRuns | null = null
  readonly #reads: RunnerReads
  readonly #loss: RunnerLoss
  /** Reports in a row that a run could not take. */
  readonly #failures = new Map<string, number>()
  readonly #order = new FrameOrder()
  /** Runs that are being told of a hello. */
  readonly #telling = new Map<string, Promise<void>>()
  readonly #forget: RunnerForget
  readonly #contact: Contact

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    migrate(host.sql, RUNNER_TABLES)
    this.#forget = new RunnerForget(host.sql)
    this.#reads = new RunnerReads(host)
    this.#contact = new Contact(() => host.now())
    this.#loss = new RunnerLoss(host, this.#alarm)
    for (const socket of host.sockets.all(AGENT)) {
      const connection = new CarriedRuns(socket)
      if (connection.agent !== null && connection.agent.since >= (this.#connection?.agent?.since ?? 0))
        this.#connection = connection
    }
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    this.#dropUntold()
    this.#loss.watch()
  }

  /** An agent whose hello was lost with the last instance has to say it again. */
  #dropUntold(): void {
    const connection = this.#connection
    if (connection === null || connection.told) return
    this.#connection = null
    this.#loss.add(connection.runs, this.#host.now(), connection.agent?.since)
    connection.socket.close(4003, 'try again')
  }

  async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      return new Response('expected a WebSocket', { status: 426 })
    return this.#host.sockets.accept([AGENT], null)
  }

  async message(socket: Socket, text: string): Promise<void> {
    this.#contact.heard()
    const frame = parseFrame(text)
    if (frame === null) return console.error(`runner ${this.#host.name} sent a frame that does not parse`)
    if ('mismatch' in frame) return this.#refuse(socket, frame.mismatch)
    if (frame.type === 'hello') return await this.#hello(socket, frame)
    // One that has not said hello, was replaced or revoked is no longer listened to, however long it keeps its end open.
    if (this.#connection?.socket.id !== socket.id) return socket.close(4002, 'say hello first')
    if (frame.type === 'report') return await this.#report(this.#connection, frame)
    if (frame.type === 'read_result') return this.#reads.answered(frame)
    if (frame.type === 'forgotten') return this.#forget.confirmed(frame.runIds)
    this.#host.background(this.#run(frame.runId).tailed(this.#host.name, frame))
  }

  async closed(socket: Socket): Promise<void> {
    const connection = this.#connection
    if (connection === null || connection.socket.id !== socket.id) return
    this.#contact.gone(connection)
    this.#connection = null
    this.#loss.add(connection.runs, this.#host.now(), connection.agent?.since)
    if (connection.agent !== null)
      await this.#host.object('fleet', SINGLETON).runnerDown(this.#host.name, connection.agent.since)
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    await this.#loss.settle(this.#connection !== null)
    this.#watchContact()
    await this.#settleUnheard()
  }

  send(frame: RunFrame, madeAt: number): boolean {
    const connection = this.#connection
    if (connection === null) return false
    const since = connection.agent?.since ?? 0
    if (frame.plans !== undefined && isTooLate({ madeAt, now: this.#host.now(), since })) return false
    this.#deliver(connection, frame)
    return true
  }

  async read(request: Parameters<RunnerApi['read']>[0]): ReturnType<RunnerReads['ask']> {
    const socket = this.#connection?.socket
    return socket === undefined ? null : await this.#reads.ask(request, frame => this.#write(socket, frame))
  }

  follow(request: Parameters<RunnerApi['follow']>[0]): boolean {
    if (this.#connection === null) return false
    this.#write(this.#connection.socket, { type: 'follow', ...request })
    return true
  }

  status(): ReturnType<RunnerApi['status']> {
    const agent = this.#connection?.agent ?? null
    return {
      connected: agent !== null,
      hostname: agent?.hostname ?? '',
      since: agent?.since ?? this.#loss.suspect?.since ?? 0,
      lastSeen: this.#contact.last(this.#connection),
      labels: agent?.labels ?? {},
      capacity: agent?.capacity ?? 0,
    }
  }

  watch(runId: string): 'carried' | 'absent' | 'disconnected' {
    if (this.#connection !== null) {
      // The alarm may wait for a moment of a clock that has been set back.
      this.#watchContact()
    }
    if (this.#connection !== null) return this.#connection.has(runId) ? 'carried' : 'absent'
    this.#loss.add([runId], this.#host.now())
    return 'disconnected'
  }

  async announce(): Promise<void> {
    const connection = this.#connection
    if (connection?.agent == null) {
      return await this.#host.object('fleet', SINGLETON).runnerDown(this.#host.name, this.#host.now() - 1)
    }
    const { hostname, labels, capacity, since } = connection.agent
    const runs = connection.runs
    await this.#host
      .object('fleet', SINGLETON)
      .runnerUp({ runnerId: this.#host.name, hostname, labels, capacity, used: runs.length, runs, since })
  }

  forget(runIds: string[]): void {
    if (this.#host.sql.exec('SELECT 1 FROM revoked').length > 0) return
    this.#forget.add(runIds)
    if (this.#connection !== null) this.#write(this.#connection.socket, { type: 'forget', runIds })
  }

  comeAgain(): void {
    this.#connection?.socket.close(4003, 'settings have changed')
  }

  async revoke(): Promise<void> {
    this.#forget.clear()
    this.#host.sql.exec('INSERT INTO revoked (id, at) VALUES (1, ?) ON CONFLICT DO NOTHING', this.#host.now())
    for (const socket of this.#host.sockets.all(AGENT))
      this.#refuse(socket, { code: 'revoked', message: 'this runner was revoked', agent: '' })
    // Nothing is given to it from now on, whether or not its end of the socket closes.
    if (this.#connection !== null) await this.closed(this.#connection.socket)
  }

  async #hello(socket: Socket, hello: Hello): Promise<void> {
    if (this.#host.sql.exec('SELECT 1 FROM revoked').length > 0) {
      return this.#refuse(socket, { code: 'revoked', message: 'this runner was revoked', agent: hello.version })
    }
    const expected = new Set([...(this.#loss.suspect?.runs ?? []), ...(this.#connection?.runs ?? [])])
    for (const other of this.#host.sockets.all(AGENT)) {
      if (other.id !== socket.id)
        this.#refuse(other, { code: 'replaced', message: 'another agent connected with this credential', agent: '' })
    }
    const connection = new CarriedRuns(socket)
    connection.hello(hello, this.#host.now())
    this.#connection = connection
    this.#write(socket, { type: 'welcome', protocol: PROTOCOL, runnerId: this.#host.name, now: this.#host.now() })
    if (hello.runs.length > 0) this.#watchContact()
    const announced = this.announce().then(
      () => true,
      () => false,
    )
    await this.#tellRuns(connection, hello, { expected, announced })
  }

  /**
   * Every run that is on the host, or was believed to be, hears what is there; the row goes when all have. The Fleet has to hear of it
   * too: it does not ask for a host that carries nothing, which would stand idle for ever.
   */
  async #tellRuns(
    connection: CarriedRuns,
    hello: Hello,
    { expected, announced }: { expected: ReadonlySet<string>; announced: Promise<boolean> },
  ): Promise<void> {
    const plans = new Map(hello.runs.map(run => [run.runId, run.plans]))
    const failed: string[] = []
    const tell = async (runId: string): Promise<void> => {
      const request = {
        runId,
        bootId: hello.bootId,
        plans: plans.get(runId) ?? [],
        carried: plans.has(runId),
        at: connection.agent!.since,
      }
      try {
        const frame = await this.#run(runId).runnerHello(this.#host.name, request)
        if (plans.has(runId) || (frame.plans?.length ?? 0) > 0 || frame.stop !== undefined)
          this.#deliver(connection, frame, true)
      } catch {
        failed.push(runId)
      }
    }
    const telling = [...new Set([...plans.keys(), ...expected])].map(runId => {
      const told = tell(runId).finally(() => {
        if (this.#telling.get(runId) === told) this.#telling.delete(runId)
      })
      this.#telling.set(runId, told)
      return told
    })
    await Promise.all(telling)
    if (!(await announced) || failed.length > 0) {
      // A new connection makes the agent say all of it again.
      this.#loss.add(failed, this.#host.now(), connection.agent?.since)
      connection.socket.close(4003, 'try again')
      return
    }
    connection.markTold()
    for (const runIds of this.#forget.pending()) this.#write(connection.socket, { type: 'forget', runIds })
    if (this.#connection === connection) this.#loss.clear()
  }

  /**
   * A frame with plans that comes after its run's end puts the run on the list again, and an instance that has lost its memory cannot
   * tell; the agent drops it without a word. So a run of which nothing was heard is asked once whether it is over.
   */
  async #settleUnheard(): Promise<void> {
    const [connection, now] = [this.#connection, this.#host.now()]
    const unheard = connection?.unheardSince(now - CONTACT_MS, now).slice(0, MAX_ASKED) ?? []
    const settle = async (entry: (typeof unheard)[number]): Promise<void> => {
      const state = await this.#run(entry[0]).poke(entry[0])
      connection?.settle(entry, state !== 'active')
    }
    // One that cannot answer now is asked by the next alarm.
    await Promise.allSettled(unheard.map(settle))
  }

  async #report(connection: CarriedRuns, report: Report): Promise<void> {
    connection.heard(report.runId)
    // What has begun can wait a moment for what is due: of twenty runs of one second, the last must not wait for the ends of the first.
    await this.#host.afterTurns(STARTS_FIRST_MS)
    await this.#afterHello(report.runId)
    for (let attempt = 1; ; attempt++) {
      try {
        const frame = await this.#run(report.runId).report(this.#host.name, report)
        this.#failures.delete(report.runId)
        // Revoked or replaced meanwhile: whoever comes next is told anew.
        return this.#connection === connection ? this.#deliver(connection, frame) : undefined
      } catch (error) {
        if (attempt === 3) return this.#reportFailed(connection, report.runId, error)
        await this.#host.pause(PAUSE_MS)
      }
    }
  }

  /** A Run that hears a report before the hello takes what the hello did not list yet for dead. The wait is bounded: calls may hang. */
  async #afterHello(runId: string): Promise<void> {
    for (let i = 0; i < HELLO_PAUSES; i++) {
      const telling = this.#telling.get(runId)
      if (telling === undefined) return
      await Promise.race([telling, this.#host.pause(PAUSE_MS)])
    }
  }

  /** A new connection makes the agent say it again; a run that fails each time must not cut the others off for ever. */
  #reportFailed(connection: CarriedRuns, runId: string, error: unknown): void {
    const failures = (this.#failures.get(runId) ?? 0) + 1
    this.#failures.set(runId, failures)
    console.error(`report of run ${runId} was not taken (${failures})`, error)
    if (failures < MAX_FAILURES) connection.socket.close(4003, 'try again')
  }

  #deliver(connection: CarriedRuns, frame: RunFrame, answersHello = false): void {
    const passed = this.#order.pass(frame)
    if (passed !== frame) return passed === null ? undefined : this.#write(connection.socket, passed)
    if (frame.end !== undefined) connection.remove(frame.runId)
    else if ((frame.plans?.length ?? 0) > 0) {
      connection.add(frame.runId, this.#host.now())
      this.#watchContact()
    }
    this.#write(connection.socket, answersHello ? { ...frame, hello: true } : frame)
  }

  #write(socket: Socket, frame: ToAgent): void {
    socket.send(JSON.stringify(frame))
  }

  #refuse(
    socket: Socket,
    why: { code: 'protocol_mismatch' | 'revoked' | 'replaced'; message: string; agent: string },
  ): void {
    this.#write(socket, { type: 'refused', ...why, server: `${PROTOCOL} (${this.#host.settings.version})` })
    socket.close(4001, why.code)
  }

  #run(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }

  /** While the agent carries runs its contact is looked at every 15 s. */
  #watchContact(): void {
    const connection = this.#connection
    if (connection === null || connection.runs.length === 0) return
    const since = this.#contact.silentSince(connection)
    if (since === null) {
      this.#alarm.wakeBy(this.#host.now() + CONTACT_MS)
      return
    }
    this.#connection = null
    this.#loss.add(connection.runs, since, connection.agent?.since)
    // Only a hello clears the suspicion: the agent has to come again.
    connection.socket.close(4002, 'no contact')
    const connectedAt = connection.agent?.since ?? 0
    this.#host.background(this.#host.object('fleet', SINGLETON).runnerDown(this.#host.name, connectedAt))
  }
}
