// Runs: the state machine of core/run over a journal. Promise: what was decided is written before it is said; after any crash the
// state comes back from the journal and everything that was owed is sent again.
import type { Report, RunFrame, Tail } from '@edgedag/core/protocol/frames'
import { err, ok, type Result } from '@edgedag/core/result'
import { newsOf } from '@edgedag/core/run/child-news'
import type { ChildNews } from '@edgedag/core/run/child-types'
import { runDetails } from '@edgedag/core/run/details'
import { logLines } from '@edgedag/core/run/event-log'
import { type ImportedStep, type ImportPlan, importedSteps, planImports } from '@edgedag/core/run/imports'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { dueTimer, nextDue, pending } from '@edgedag/core/run/pending'
import { childRunIds, type SubRun, subRuns } from '@edgedag/core/run/sub-runs'
import { transition } from '@edgedag/core/run/transition'
import type { RunCommand, RunEvent, RunSpec } from '@edgedag/core/run/types'
import type { Dag } from '@edgedag/core/spec/dag'
import { AlarmClock } from '../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves, Socket } from '../host/port.ts'
import { sha256Hex } from '../store/hash.ts'
import {
  type Kinds,
  type LogSearch,
  type RunApi,
  type RunArtifacts,
  type RunSummary,
  SINGLETON,
  type StepLogIndex,
} from './contracts.ts'
import { artifactsOf } from './run-artifacts.ts'
import { RunChildren } from './run-children.ts'
import { type Answer, RunControl } from './run-control.ts'
import { firstRoom, importsOf, RunEffects, takeAnswer } from './run-effects.ts'
import { RunHints } from './run-hints.ts'
import { RunLive } from './run-live.ts'
import {
  hasEnded,
  isPackable,
  type LoadedRun,
  loadedRun,
  logsGivenUpAt,
  mustGiveUpLogs,
  summaryOf,
} from './run-loaded.ts'
import { RunMemory } from './run-memory.ts'
import { type PackedRun, RunPacks } from './run-packs.ts'
import { quarantineText, RunQuarantine } from './run-quarantine.ts'
import { RunRemoval } from './run-removal.ts'
import { repairRun } from './run-repair.ts'
import { searchLogs } from './run-search.ts'
import { maskedReport, RunSecrets } from './run-secrets.ts'
import { RunStore } from './run-store.ts'
import { capturedOutputs, logIndexOf } from './run-views.ts'

/** A run rests this long after its end before it is packed, so that many go into one pack. */
const PACK_AFTER_MS = 4_000
/** A pack that failed is tried again after this. */
const PACK_AGAIN_MS = 1_000
/** Timers that are fired in one go; a run whose timers never end is left to the next alarm. */
const MAX_TIMERS = 100

export class RunObject implements Serves<RunApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #store: RunStore
  readonly #packs: RunPacks
  readonly #effects: RunEffects
  readonly #children: RunChildren
  readonly #live: RunLive
  readonly #hints: RunHints
  readonly #runs: RunMemory
  readonly #secrets: RunSecrets
  readonly #control: RunControl
  readonly #removal: RunRemoval
  readonly #quarantine: RunQuarantine
  #packing = false

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    this.#store = new RunStore(host.sql)
    this.#packs = new RunPacks(host, this.#store)
    this.#runs = new RunMemory(this.#store, host.settings.signingKey)
    this.#removal = new RunRemoval(host, this.#runs, this.#packs)
    this.#quarantine = new RunQuarantine(host)
    this.#hints = new RunHints(host)
    this.#secrets = new RunSecrets(host)
    this.#children = new RunChildren(host, this.#store, {
      take: (run, event) => this.#effects.start(run, this.#step(run, event)),
      goOn: run => this.#arm(run),
    })
    this.#effects = new RunEffects(host, {
      step: (run, event) => this.#step(run, event),
      packable: run => this.#packable(run),
      children: this.#children,
    })
    this.#control = new RunControl(host, {
      load: runId => this.#runs.load(runId),
      revive: runId => this.#revive(runId),
      take: (run, event) => this.#effects.start(run, this.#step(run, event)),
    })
    this.#live = new RunLive(host, {
      details: runId => this.details(runId),
      stepLog: (runId, step, stream) => this.stepLog(runId, step, stream),
    })
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    if (this.#store.runIds().length > 0) this.#alarm.wakeBy(this.#host.now() + PACK_AFTER_MS)
  }

  async create({
    spec,
    dagJson,
    stopped,
  }: Parameters<RunApi['create']>[0]): Promise<Result<RunSummary, { code: 'taken' | 'gone'; message: string }>> {
    const known = await this.#existing(spec)
    if (known !== null) return known
    const dag = this.#runs.dag(spec.dagHash, dagJson)
    const imports = await importsOf(this.#host, spec)
    if (!imports.ok) return imports
    const room = stopped ? {} : await firstRoom(this.#host, spec, dag)
    // Another call may have created it while Fleet was asked.
    const meanwhile = await this.#existing(spec)
    if (meanwhile !== null) return meanwhile
    this.#store.pin(spec.dagHash, dagJson)
    const event: RunEvent = { type: 'accepted', spec, ...room, ...imports.value }
    const commands = this.#accept(spec, dag, event)
    const run = this.#runs.load(spec.runId)!
    this.#effects.start(run, stopped ? this.#step(run, { type: 'stop_requested', by: stopped.by }) : commands)
    return ok(summaryOf(run))
  }

  summary(runId: string): Promise<RunSummary | null> {
    const held = this.#quarantine.of(runId)
    const mark = held === null ? {} : { quarantined: true, reason: quarantineText(held) }
    return this.#read(
      runId,
      run => ({ ...summaryOf(run), ...mark }),
      packed => summaryOf(loadedRun(packed)),
    )
  }

  /** Of a run with values of the Vault what it says is masked once more, as soon as those are at hand. */
  report(runnerId: string, report: Report): RunFrame | Promise<RunFrame> {
    const run = this.#runs.load(report.runId)
    const masker = run === null ? undefined : this.#secrets.masker(run)
    if (masker === undefined) return this.#report(runnerId, report)
    return masker.then(known => this.#report(runnerId, maskedReport(report, known)))
  }

  #report(runnerId: string, report: Report): RunFrame {
    const run = this.#runs.load(report.runId)
    if (run === null) return { type: 'run', runId: report.runId, ack: report.seq, end: this.#endOf(report.runId) }
    if (this.#quarantine.has(run.runId)) return { type: 'run', runId: run.runId }
    const { seq, events } = report
    const finished = events.flatMap(event => (event.type === 'finished' ? [event.step] : []))
    const frame = this.#answer(run, runnerId, { type: 'report', runnerId, seq, events })
    if (finished.length > 0) this.#live.finished(run.runId, finished)
    return frame ?? { type: 'run', runId: report.runId, ack: seq }
  }

  runnerHello(runnerId: string, request: Parameters<RunApi['runnerHello']>[1]): RunFrame {
    const { runId, at = this.#host.now(), ...hello } = request
    const run = this.#runs.load(runId)
    if (run === null) return { type: 'run', runId, end: this.#endOf(runId) }
    if (this.#quarantine.has(runId)) return { type: 'run', runId }
    return this.#answer(run, runnerId, { type: 'runner_hello', runnerId, at, ...hello }) ?? { type: 'run', runId }
  }

  attemptSecrets(runnerId: string, { runId, attempt }: { runId: string; attempt: number }) {
    return this.#secrets.give(this.#runs.load(runId), runnerId, attempt)
  }

  runnerLost(runnerId: string, runId: string, since: number): void {
    const run = this.#runs.load(runId)
    if (run !== null && !this.#quarantine.has(runId))
      this.#effects.start(run, this.#step(run, { type: 'runner_lost', runnerId, since }))
  }

  async roomGranted(runId: string, grant: { runnerId: string; hostname: string; room: number }): Promise<void> {
    const run = this.#runs.load(runId)
    if (run === null)
      return await this.#host.object('fleet', SINGLETON).release({ runId, runnerId: grant.runnerId, held: 0, seq: 0 })
    this.#effects.start(run, this.#step(run, { type: 'assigned', assignment: grant }))
  }

  stop(runId: string, request: Parameters<RunApi['stop']>[1]): Answer {
    return this.#control.stop(runId, request)
  }

  retry(runId: string, request: Parameters<RunApi['retry']>[1]): Promise<Answer> {
    return this.#control.retry(runId, request)
  }

  setStepStatus(runId: string, request: Parameters<RunApi['setStepStatus']>[1]): Promise<Answer> {
    return this.#control.setStepStatus(runId, request)
  }

  cancelRetry(runId: string, request: { by: string }): Promise<Answer> {
    return this.#control.cancelRetry(runId, request)
  }

  decide(runId: string, request: Parameters<RunApi['decide']>[1]): ReturnType<RunControl['decide']> {
    return this.#control.decide(runId, request)
  }

  planImports(runId: string, request: Parameters<RunApi['planImports']>[1]): Promise<ImportPlan | null> {
    const plan = ({ state, dag }: Pick<PackedRun, 'state' | 'dag'>): ImportPlan =>
      planImports(state, dag, JSON.parse(request.dagJson) as Dag, new Set(request.wanted))
    return this.#read(runId, plan, plan)
  }

  importedSteps(runId: string, steps: string[]): Promise<ImportedStep[] | null> {
    const take = ({ state }: Pick<PackedRun, 'state'>): ImportedStep[] => importedSteps(state, steps)
    return this.#read(runId, take, take)
  }

  slotGranted(runId: string, slot: { queue: string; hold: number }): Promise<void> {
    return this.#control.slotGranted(runId, slot)
  }

  async childChanged(runId: string, news: ChildNews): Promise<void> {
    // A packed run has nothing to hear: it was not packed before its last child was over.
    const run = this.#runs.load(runId)
    if (run !== null) await this.#children.changed(run, news)
  }

  news(runId: string): Promise<ChildNews | null> {
    const word = ({ state, dag }: Pick<LoadedRun, 'state' | 'dag'>) => newsOf(state, dag)
    return this.#read(runId, word, word)
  }

  specHash(runId: string): Promise<string | null> {
    const hash = ({ state }: Pick<LoadedRun, 'state'>) => state.head.spec.specHash ?? null
    return this.#read(runId, hash, hash)
  }

  children(runId: string): Promise<SubRun[] | null> {
    const list = ({ state }: Pick<LoadedRun, 'state'>) => subRuns(state)
    return this.#read(runId, list, list)
  }

  details(runId: string): Promise<Record<string, unknown> | null> {
    return this.#read(
      runId,
      run => ({ ...runDetails(run.state, run.dag), ...this.#quarantineOf(runId) }),
      packed => runDetails(packed.state, packed.dag),
    )
  }

  outputs(runId: string): Promise<Record<string, unknown> | null> {
    return this.#read(
      runId,
      run => capturedOutputs(run.state, run.dag),
      packed => capturedOutputs(packed.state, packed.dag),
    )
  }

  events(runId: string): Promise<string[] | null> {
    return this.#read(
      runId,
      run => this.#store.entries(run.runId).flatMap(logLines),
      async packed => (await this.#packs.entries(packed)).flatMap(logLines),
    )
  }

  artifacts(runId: string): Promise<RunArtifacts | null> {
    return this.#read(runId, artifactsOf, artifactsOf)
  }

  stepLog(runId: string, step: string, stream: 'stdout' | 'stderr', attempt?: number): Promise<StepLogIndex | null> {
    const of = { step, stream, attempt }
    return this.#read(
      runId,
      run => logIndexOf(run.state, run.dag, of, key => this.#store.logText(runId, key)),
      packed => logIndexOf(packed.state, packed.dag, of, key => this.#packs.logText(packed, key)),
    )
  }

  searchLogs(runId: string, request: Parameters<RunApi['searchLogs']>[1]): Promise<LogSearch | null> {
    return this.#read(
      runId,
      run => searchLogs(run.state, request, key => this.#store.logText(runId, key)),
      packed => searchLogs(packed.state, request, key => this.#packs.logText(packed, key)),
    )
  }

  #quarantineOf(runId: string): Record<string, unknown> {
    const held = this.#quarantine.of(runId)
    return held === null ? {} : { quarantined: held, reason: quarantineText(held) }
  }

  async repair(runId: string): Promise<Answer> {
    const repaired = repairRun(runId, { runs: this.#runs, quarantine: this.#quarantine })
    if (repaired.ok) await this.poke(runId)
    return repaired
  }

  async poke(runId: string): Promise<'unknown' | 'active' | 'finished'> {
    const run = this.#runs.load(runId)
    if (run === null) return this.#store.stone(runId) === null ? 'unknown' : 'finished'
    if (this.#quarantine.has(runId)) return hasEnded(run) ? 'finished' : 'active'
    // The third line: whatever an alarm should have done is done now, and the alarm set anew.
    if (!this.#lookAfter(run)) await this.#deliver(run)
    this.#arm(run)
    this.#effects.sayRoom(run)
    await this.#askRunners(run)
    await this.#children.lookAfter(run)
    return hasEnded(run) ? 'finished' : 'active'
  }

  async called(runId: string): Promise<string[]> {
    const ids = ({ state }: Pick<LoadedRun, 'state'>) => childRunIds(state)
    return (await this.#read(runId, ids, ids)) ?? []
  }

  hosts(runId: string): Promise<string[]> {
    return this.#removal.hosts(runId)
  }

  forget(runId: string): Promise<void> {
    this.#quarantine.forget(runId)
    return this.#removal.forget(runId)
  }

  async tailed(tail: Tail): Promise<void> {
    const run = this.#runs.load(tail.runId)
    const masker = run === null ? undefined : await this.#secrets.masker(run)
    this.#live.tail(masker === undefined ? tail : { ...tail, text: masker.mask(tail.text) })
  }

  fetch(request: Request): Promise<Response> {
    return this.#live.accept(request)
  }

  message(socket: Socket, text: string): Promise<void> {
    return this.#live.message(socket, text)
  }

  closed(socket: Socket): Promise<void> {
    return this.#live.closed(socket)
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    this.#runs.loadAll()
    try {
      const well = this.#runs.all.filter(run => !this.#quarantine.has(run.runId))
      const quiet = well.filter(run => !this.#lookAfter(run))
      await Promise.all(quiet.map(run => this.#deliver(run)))
      await this.#pack()
    } finally {
      for (const run of this.#runs.all) this.#arm(run)
    }
  }

  /** One transition: its row, then the state; answers the commands. */
  #step(run: LoadedRun, event: RunEvent): RunCommand[] {
    try {
      const commands = this.#transition(run, event)
      this.#quarantine.well(run.runId)
      return commands
    } catch (error) {
      this.#quarantine.failed(
        { runId: run.runId, dagName: run.dag.name, fileName: run.state.head.spec.fileName },
        error,
      )
      throw error
    }
  }

  #transition(run: LoadedRun, event: RunEvent): RunCommand[] {
    const now = this.#host.now()
    const { changes, commands } = transition(run.state, run.dag, event, this.#context(run.uploadKey, now))
    if (changes !== null) {
      run.state = this.#store.append(run.state, run.runId, now, event, changes)
      run.packableSince = null
      this.#arm(run)
      this.#live.changed(run)
      this.#hints.changed(run)
    }
    return commands
  }

  #accept(spec: RunSpec, dag: Dag, event: RunEvent): RunCommand[] {
    const now = this.#host.now()
    const uploadKey = this.#runs.uploadKey(spec.runId)
    const { changes, commands } = transition(undefined, dag, event, this.#context(uploadKey, now))
    const state = this.#store.append(undefined, spec.runId, now, event, changes!)
    const run = this.#runs.remember(spec.runId, state, dag)
    this.#arm(run)
    this.#live.changed(run)
    return commands
  }

  #context(uploadKey: string, now: number) {
    return { now, newId: (length: number) => this.#host.randomHex(length), sha256: sha256Hex, uploadKey }
  }

  #answer(run: LoadedRun, runnerId: string, event: RunEvent): RunFrame | null {
    const { frame, rest } = takeAnswer(this.#step(run, event), runnerId)
    this.#effects.start(run, rest)
    return frame
  }

  /** Does what is due by the clock; true: something was. A run that fails at it must not keep the others from theirs. */
  #lookAfter(run: LoadedRun): boolean {
    const { seq } = run.state.head
    try {
      if (mustGiveUpLogs(run, this.#host.now())) this.#effects.start(run, this.#step(run, { type: 'logs_settled' }))
      this.#fireTimers(run)
    } catch (error) {
      console.error(`run ${run.runId}: a timer failed`, error)
    }
    return run.state.head.seq !== seq
  }

  #fireTimers(run: LoadedRun): void {
    for (let i = 0; i < MAX_TIMERS; i++) {
      const timer = dueTimer(run.state, this.#host.now(), run.delivered)
      if (timer === null) return
      this.#effects.start(run, this.#step(run, { type: 'timer', timer: timer.key }))
    }
  }

  #arm(run: LoadedRun): void {
    if (this.#quarantine.has(run.runId)) return
    const due = nextDue(run.state, run.dag, this.#host.now(), run.delivered)
    if (due !== null) this.#alarm.wakeBy(due)
    else if (isPackable(run)) this.#packable(run)
    else if (hasEnded(run)) this.#alarm.wakeBy(logsGivenUpAt(run))
  }

  /** Sends again what is owed. */
  async #deliver(run: LoadedRun): Promise<void> {
    if (run.delivering) return
    run.delivering = true
    try {
      const owed = pending(run.state, run.dag, this.#context(run.uploadKey, this.#host.now()), run.delivered)
      await this.#effects.carryOut(run, owed)
    } catch (error) {
      console.error(`run ${run.runId}: delivery will be tried again`, error)
    } finally {
      run.delivering = false
    }
  }

  /** Does the host still hold what was given to it? Asked when the run was not heard of for long, or after a start of the control plane. */
  async #askRunners(run: LoadedRun): Promise<void> {
    const runnerIds = new Set([...run.state.plans.values()].map(plan => plan.runnerId))
    // The edge is told again by the delivery alarm.
    runnerIds.delete(EDGE_RUNNER)
    for (const runnerId of runnerIds) {
      const { seq } = run.state.head
      const at = this.#host.now()
      const answer = await this.#host.object('runner', runnerId).watch(run.runId)
      // A frame may have gone out meanwhile: then the next question settles it.
      if (answer !== 'absent' || run.state.head.seq !== seq) continue
      this.#effects.start(run, this.#step(run, { type: 'runner_hello', runnerId, bootId: '', plans: [], at }))
    }
  }

  #packable(run: LoadedRun): void {
    const now = this.#host.now()
    run.packableSince ??= now
    // A pack that is on its way, or failed, is not looked for all the time.
    this.#alarm.wakeBy(Math.max(run.packableSince + PACK_AFTER_MS, now + PACK_AGAIN_MS))
  }

  async #pack(): Promise<void> {
    if (this.#packing) return
    this.#packing = true
    try {
      const rested = this.#host.now() - PACK_AFTER_MS
      const over = this.#runs.all.filter(run => run.packableSince !== null)
      // Once one has rested, all go: a pack of many costs as much as a pack of one.
      const ready = over.some(run => run.packableSince! <= rested) ? over : []
      for (const run of await this.#packs.pack(ready, () => this.#runs.all)) this.#runs.forget(run.runId)
    } finally {
      this.#packing = false
    }
  }

  async #existing(spec: RunSpec): Promise<Result<RunSummary, { code: 'taken'; message: string }> | null> {
    const summary = await this.summary(spec.runId)
    if (summary === null) return null
    const state = this.#runs.load(spec.runId)?.state ?? (await this.#packs.read(spec.runId))?.state
    const isSame = summary.dagId === spec.dagId && state?.head.spec.parent?.runId === spec.parent?.runId
    if (!isSame) return err({ code: 'taken', message: `the run id is in use by a run of DAG ${summary.dagName}` })
    if (state !== undefined) await this.#control.returnSlot(state, spec.slot)
    return ok(summary)
  }

  /** A run with its rows here, brought back from its pack where need be. */
  async #revive(runId: string): Promise<LoadedRun | null> {
    const run = this.#runs.load(runId)
    if (run !== null) return run
    return (await this.#packs.restore(runId)) ? this.#runs.load(runId) : null
  }

  #endOf(runId: string): 'finished' | 'unknown' {
    return this.#store.stone(runId) === null ? 'unknown' : 'finished'
  }

  /** Reads a run where it is: in memory, in rows, or in its pack. */
  async #read<T>(
    runId: string,
    live: (run: LoadedRun) => T | Promise<T>,
    packed: (run: PackedRun) => T | Promise<T>,
  ): Promise<T | null> {
    for (let isAgain = false; ; isAgain = true) {
      const run = this.#runs.load(runId)
      if (run !== null) return await live(run)
      try {
        const found = await this.#packs.read(runId)
        if (found !== null) return await packed(found)
      } catch (error) {
        if (isAgain) throw error
      }
      // It may have been brought back or packed anew while its pack was read.
      if (isAgain) return null
    }
  }
}
