// Runs: the state machine of core/run over a journal. Promise: what was decided is written before it is said; after any crash the
// state comes back from the journal and everything that was owed is sent again.
import type { Report, RunFrame, Tail } from '@edgedag/core/protocol/frames'
import { err, ok, type Result } from '@edgedag/core/result'
import type { ChildNews } from '@edgedag/core/run/children/child-types'
import type { Assignment, RunEvent } from '@edgedag/core/run/events'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { ManagedObject, ObjectHost, Serves, Socket } from '../../host/port.ts'
import { type Kinds, type RunApi, type RunSummary, SINGLETON } from '../contracts.ts'
import { RunCare } from './care.ts'
import { RunChildren } from './children.ts'
import { type Answer, RunControl } from './control.ts'
import { firstRoom, importsOf, RunEffects, takeAnswer } from './effects.ts'
import { RunLive } from './live.ts'
import { hasEnded, type LoadedRun, noteSent, summaryOf } from './loaded.ts'
import { RunMemory } from './memory.ts'
import { RunPacks } from './packs.ts'
import { RunQuarantine } from './quarantine.ts'
import { RunReads } from './reads.ts'
import { RunRemoval } from './removal.ts'
import { repairRun } from './repair.ts'
import { maskedReport, RunSecrets } from './secrets.ts'
import { RunSteps } from './steps.ts'
import { RunStore } from './store.ts'

export class RunObject implements Serves<RunApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #store: RunStore
  readonly #packs: RunPacks
  readonly #effects: RunEffects
  readonly #children: RunChildren
  readonly #live: RunLive
  readonly #runs: RunMemory
  readonly #secrets: RunSecrets
  readonly #control: RunControl
  readonly #removal: RunRemoval
  readonly #quarantine: RunQuarantine
  readonly #reads: RunReads
  readonly #steps: RunSteps
  readonly #care: RunCare

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#store = new RunStore(host.sql)
    this.#packs = new RunPacks(host, this.#store)
    this.#runs = new RunMemory(this.#store, host.settings.signingKey)
    this.#removal = new RunRemoval(host, this.#runs, this.#packs)
    this.#quarantine = new RunQuarantine(host)
    this.#secrets = new RunSecrets(host)
    const parts = { runs: this.#runs, store: this.#store, packs: this.#packs, quarantine: this.#quarantine }
    this.#reads = new RunReads(parts)
    this.#steps = new RunSteps(host, parts, {
      arm: run => this.#care.arm(run),
      show: run => this.#live.changed(run),
    })
    this.#children = new RunChildren(host, this.#store, {
      take: (run, event) => this.#take(run, event),
      goOn: run => this.#care.arm(run),
    })
    this.#effects = new RunEffects(host, {
      step: (run, event) => this.#steps.take(run, event),
      packable: run => this.#care.packable(run),
      children: this.#children,
    })
    this.#care = new RunCare(host, { ...parts, effects: this.#effects, take: (run, event) => this.#take(run, event) })
    this.#control = new RunControl(host, {
      load: runId => this.#runs.load(runId),
      revive: runId => this.#revive(runId),
      read: (runId, look) => this.#reads.look(runId, look),
      isPacked: runId => this.#store.stone(runId) !== null,
      take: (run, event) => this.#take(run, event),
    })
    this.#live = new RunLive(host, {
      details: runId => this.#reads.details(runId),
      stepLog: (runId, step, stream) => this.#reads.stepLog(runId, step, stream),
    })
  }

  async init(): Promise<void> {
    await this.#care.init(this.#store.runIds().length > 0)
  }

  ready({ dagHash, dagJson, at }: Parameters<RunApi['ready']>[0]): void {
    this.#runs.dag(dagHash, dagJson)
    this.#store.pin(dagHash, dagJson)
    this.#care.expect(at)
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
    const commands = this.#steps.accept(spec, dag, event)
    const run = this.#runs.load(spec.runId)!
    this.#effects.start(run, stopped ? this.#steps.take(run, { type: 'stop_requested', by: stopped.by }) : commands)
    return ok(summaryOf(run))
  }

  summary(runId: string) {
    return this.#reads.summary(runId)
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
    this.#live.helloed(runId)
    return this.#answer(run, runnerId, { type: 'runner_hello', runnerId, at, ...hello }) ?? { type: 'run', runId }
  }

  attemptSecrets(runnerId: string, { runId, attempt }: { runId: string; attempt: number }) {
    return this.#secrets.give(this.#runs.load(runId), runnerId, attempt)
  }

  runnerLost(runnerId: string, runId: string, since: number): void {
    const run = this.#runs.load(runId)
    if (run !== null && !this.#quarantine.has(runId)) this.#take(run, { type: 'runner_lost', runnerId, since })
  }

  async roomGranted(runId: string, grant: Assignment): Promise<void> {
    const run = this.#runs.load(runId)
    if (run === null)
      return await this.#host.object('fleet', SINGLETON).release({ runId, runnerId: grant.runnerId, held: 0, seq: 0 })
    this.#take(run, { type: 'assigned', assignment: grant })
  }

  stop(runId: string, request: Parameters<RunApi['stop']>[1]): Answer {
    return this.#control.stop(runId, request)
  }

  retry(runId: string, request: Parameters<RunApi['retry']>[1]): Promise<Answer> {
    return this.#control.retry(runId, request)
  }

  retryable(runId: string, request: Parameters<RunApi['retryable']>[1]) {
    return this.#control.retryable(runId, request)
  }

  retryChild(runId: string, request: Parameters<RunApi['retryChild']>[1]) {
    return this.#control.retryChild(runId, request)
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

  planImports(runId: string, request: Parameters<RunApi['planImports']>[1]) {
    return this.#reads.planImports(runId, request)
  }

  importedSteps(runId: string, steps: string[]) {
    return this.#reads.importedSteps(runId, steps)
  }

  slotGranted(runId: string, slot: { queue: string; hold: number }): Promise<void> {
    return this.#control.slotGranted(runId, slot)
  }

  async childChanged(runId: string, news: ChildNews): Promise<void> {
    // A packed run has nothing to hear, for it was not packed before its last child was over, unless that is another thing now.
    const run = news.amended ? await this.#revive(runId) : this.#runs.load(runId)
    if (run !== null) await this.#children.changed(run, news)
  }

  news(runId: string) {
    return this.#reads.news(runId)
  }

  specHash(runId: string) {
    return this.#reads.specHash(runId)
  }

  children(runId: string) {
    return this.#reads.children(runId)
  }

  called(runId: string) {
    return this.#reads.called(runId)
  }

  details(runId: string) {
    return this.#reads.details(runId)
  }

  outputs(runId: string) {
    return this.#reads.outputs(runId)
  }

  events(runId: string) {
    return this.#reads.events(runId)
  }

  artifacts(runId: string) {
    return this.#reads.artifacts(runId)
  }

  stepLog(runId: string, step: string, stream: 'stdout' | 'stderr', attempt?: number) {
    return this.#reads.stepLog(runId, step, stream, attempt)
  }

  searchLogs(runId: string, request: Parameters<RunApi['searchLogs']>[1]) {
    return this.#reads.searchLogs(runId, request)
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
    await this.#care.lookAfter(run)
    await this.#children.lookAfter(run)
    return hasEnded(run) ? 'finished' : 'active'
  }

  hosts(runId: string): Promise<string[]> {
    return this.#removal.hosts(runId)
  }

  async forget(runId: string): Promise<void> {
    this.#quarantine.forget(runId)
    await this.#removal.forget(runId)
    this.#live.gone(runId)
  }

  async tailed(runnerId: string, tail: Tail): Promise<void> {
    const run = this.#runs.load(tail.runId)
    // A host can show nothing in the log of a run that it has no part in.
    if (run === null || !run.state.head.runners.some(({ id }) => id === runnerId)) return
    const masker = await this.#secrets.masker(run)
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

  alarm(): Promise<void> {
    return this.#care.alarm()
  }

  /** One transition, with what follows from it. */
  #take(run: LoadedRun, event: RunEvent): void {
    this.#effects.start(run, this.#steps.take(run, event))
  }

  #answer(run: LoadedRun, runnerId: string, event: RunEvent): RunFrame | null {
    const { frame, rest } = takeAnswer(this.#steps.take(run, event), runnerId)
    this.#effects.start(run, rest)
    noteSent(run, runnerId, frame)
    return frame
  }

  async #existing(spec: RunSpec): Promise<Result<RunSummary, { code: 'taken'; message: string }> | null> {
    if (!this.#store.has(spec.runId)) return null
    const summary = await this.summary(spec.runId)
    if (summary === null) return null
    const packed = this.#runs.load(spec.runId) === null ? await this.#packs.read(spec.runId) : null
    // It may have been brought back while its pack was read.
    const state = (packed ?? this.#runs.load(spec.runId))?.state
    const isSame = summary.dagId === spec.dagId && state?.head.spec.parent?.runId === spec.parent?.runId
    if (!isSame) return err({ code: 'taken', message: `the run id is in use by a run of DAG ${summary.dagName}` })
    // A Dag that has not heard how far the run is has it queued again: the place that it got may be wanted, or too many.
    if (spec.slot !== undefined) await this.#control.slotGranted(spec.runId, spec.slot)
    return ok(summary)
  }

  /** A run with its rows here, brought back from its pack where need be. */
  async #revive(runId: string): Promise<LoadedRun | null> {
    const run = this.#runs.load(runId)
    if (run !== null) return run
    const revived = (await this.#packs.restore(runId)) ? this.#runs.load(runId) : null
    // What was wanted of it may be refused: it is packed again then.
    if (revived !== null) this.#care.arm(revived)
    return revived
  }

  #endOf(runId: string): 'finished' | 'unknown' {
    return this.#store.stone(runId) === null ? 'unknown' : 'finished'
  }
}
