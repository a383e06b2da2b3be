// One run on this host: takes the Run's frames, drives its plans, journals and reports. Promise: every plan that was accepted
// ends with an account of its own, whatever the connection does meanwhile.
import { join } from 'node:path'
import { createRunResults } from '@edgedag/core/expr/results'
import { openRunScope, secretsOf } from '@edgedag/core/expr/run-scope'
import type { AgentEvent, RunFrame } from '@edgedag/core/protocol/frames'
import type { Plan, RunContext } from '@edgedag/core/protocol/plans'
import { maskOf } from '@edgedag/core/redact/mask'
import { RunArtifacts } from '../artifacts/run-artifacts.ts'
import type { JournalRecord } from '../journal/records.ts'
import { makeFolder } from '../state/make-folder.ts'
import type { UploadTarget } from '../upload/signed-put.ts'
import { pathsOf } from './dag-folder.ts'
import type { AgentHost } from './host.ts'
import { applyRecord, isIdle } from './host-run.ts'
import type { HostRun, PlanState, Stream } from './host-run-state.ts'
import { Interruption } from './interruption.ts'
import { recordKnown } from './known-results.ts'
import { openWorld } from './open-world.ts'
import { type PlanEnd, runPlan } from './plan-lane.ts'
import { createPorts } from './ports.ts'
import { prepareRun, problemText, profileRead } from './prepare.ts'
import { refusalOf } from './refusal.ts'
import { Reporter } from './reporter.ts'
import { RunDeadline } from './run-deadline.ts'
import { RunLogFile } from './run-log-file.ts'
import { RunLogs } from './run-logs.ts'
import { type LearntSecrets, openScope, type PreparedScope, sealerOf, storeScope, withSecrets } from './scope-store.ts'
import { scrubRun } from './scrub.ts'
import { type StepFiles, stepFiles } from './step-files.ts'
import { StopOrders } from './stop-orders.ts'
import { readStoredRun, type StoredRun, writeStoredRun } from './stored-run.ts'
import { deadlineIn } from './uptime.ts'
import type { RunWorld } from './world.ts'

export class RunExecutor {
  readonly run: HostRun
  readonly #host: AgentHost
  readonly #reporter: Reporter
  readonly #artifacts: RunArtifacts
  readonly #gone: () => void
  readonly #lanes = new Map<string, Interruption>()
  readonly #stops: StopOrders
  readonly #deadline: RunDeadline
  #world: RunWorld | undefined
  #logFile: RunLogFile | undefined
  #ackWaiters: (() => void)[] = []
  /** The Run may have given up our plans meanwhile: its word is waited for. */
  #inDoubt = false
  #isGone = false

  /** `gone` is called once, when nothing of the run is left to do here. */
  constructor(host: AgentHost, run: HostRun, gone: () => void) {
    this.#host = host
    this.run = run
    this.#gone = gone
    this.#deadline = new RunDeadline(run, this.#lanes, () => this.#world)
    this.#stops = new StopOrders({
      run,
      lanes: this.#lanes,
      record: record => this.#record(record),
      emit: event => this.#emit(event, 0),
      now: () => host.now(),
      limitMs: () => this.#world?.context.timeoutMs ?? 0,
    })
    this.#reporter = new Reporter(run, {
      send: text => host.send(text),
      append: record => host.journal.append(record),
      isChain: () => this.#world?.dag.type === 'chain',
    })
    this.#artifacts = new RunArtifacts({
      host,
      run,
      runDir: join(host.paths.runs, run.runId),
      dir: () => this.#world?.artifactsDir,
      target: () => this.#target(),
      emit: (event, withinMs) => this.#emit(event, withinMs),
      settled: () => this.#checkGone(),
    })
  }

  /** After a restart of the agent: opens what is stored and goes on where it stopped. */
  restore(): void {
    const stored = readStoredRun(this.#host.paths.runs, this.run.runId)
    const isWhole = stored?.context.attempt === this.run.attempt && (stored.context.rev ?? 0) >= (this.run.rev ?? 0)
    if (stored !== undefined && isWhole) this.#open(stored)
    // Nothing was said of it yet: it is not on this host, and will be sent again.
    else if (this.run.waiting.length === 0 && this.run.results.size === 0) {
      this.#finishOff()
      return
    }
    this.#world?.logs.restore()
    this.#artifacts.watch()
    this.#deadline.arm()
    for (const state of this.run.plans.values()) if (!state.ended) this.#startLane(state)
    for (const stop of this.run.stops.values()) this.#stops.obey(stop)
    this.#checkGone()
  }

  /** A frame of the Run, in this order: what has arrived, what is new, what has to end, what is next. */
  take(frame: RunFrame): void {
    const isAcknowledged = frame.ack !== undefined && this.#reporter.acknowledged(frame.ack)
    if (frame.context !== undefined) this.#takeContext(frame.context)
    for (const id of frame.stale ?? []) this.#dropPlan(id)
    for (const plan of frame.plans ?? []) this.#takePlan(plan)
    if (frame.stop !== undefined) this.#stops.take(frame.stop)
    if (frame.end !== undefined) this.#takeEnd(frame.end)
    if (isAcknowledged || this.#inDoubt) {
      this.#inDoubt = false
      this.#wakeAckWaiters()
    }
    this.#reporter.goOn()
    this.#checkGone()
  }

  /** Nothing new starts before the next frame of the Run. */
  doubt(): void {
    this.#inDoubt = true
  }

  /** The connection is back: what was not answered is sent again, unchanged. */
  resend(): void {
    this.#reporter.resend()
  }

  /** Plans for a hello: those that are on this host. */
  plans(): { plan: string; fence: number }[] {
    return [...this.run.plans.values()].map(({ plan }) => ({ plan: plan.plan, fence: plan.fence }))
  }

  files(step: string, attempt: number): StepFiles | undefined {
    const world = this.#world
    const node = world?.nodes.get(step)
    return world && node && stepFiles(world.paths, world.dag, node.step, step, attempt)
  }

  /** Path of a log as the world sees it. */
  logPath(step: string, attempt: number, stream: Stream): string | undefined {
    const files = this.files(step, attempt)
    return files && this.#world?.logs.visiblePath(stream, files)
  }

  /** Ends what runs and forgets the run; its files are the caller's to delete. */
  abandon(): void {
    for (const lane of this.#lanes.values()) lane.interrupt({ kind: 'stale' })
    this.#finishOff()
  }

  /** The agent ends; processes go on. */
  close(): void {
    this.#isGone = true
    this.#wakeAckWaiters()
    this.#deadline.close()
    this.#reporter.close()
    this.#world?.logs.close()
    this.#artifacts.close()
    this.#logFile?.close()
  }

  #record(record: JournalRecord): void {
    this.#host.journal.append(record)
    applyRecord(this.run, record)
  }

  #emit(event: AgentEvent, withinMs: number): void {
    if (this.#isGone) return
    this.#record({ k: 'event', run: this.run.runId, event })
    this.#logFile?.add(event)
    this.#reporter.schedule(withinMs)
  }

  #takeContext(context: RunContext): void {
    const { attempt, rev = 0 } = context
    const isSame = this.#world !== undefined && attempt === this.run.attempt
    if (this.#world !== undefined && (attempt < this.run.attempt || (isSame && rev <= (this.run.rev ?? 0)))) return
    // Numbers grow over attempts, and over what this host has forgotten of the run: none is used twice.
    const seq = isSame ? this.run.seq : Math.max(this.run.seq, this.#host.now())
    const deadline = context.timeoutMs === undefined ? {} : { deadline: deadlineIn(context.timeoutMs) }
    // The newer context is in its folder before anybody may rely on it.
    if (isSame) this.#renew(context)
    this.#record({ k: 'run', run: this.run.runId, attempt, seq, ...(rev > 0 ? { rev } : {}), ...deadline })
    if (!isSame) {
      const earlier = attempt > 1 ? readStoredRun(this.#host.paths.runs, this.run.runId) : undefined
      this.#open({ context, startedAt: earlier?.startedAt ?? this.#host.now() })
    }
    this.#deadline.arm()
  }

  /** The attempt goes on after people had their say: what they gave is new, what was prepared stays. */
  #renew(context: RunContext): void {
    const world = this.#world!
    const { runs } = this.#host.paths
    world.context = context
    world.results = createRunResults(world.dag)
    recordKnown(world)
    const stored = readStoredRun(runs, this.run.runId)
    if (stored?.context.attempt === context.attempt) writeStoredRun(runs, { ...stored, context })
  }

  #open(stored: StoredRun): void {
    const host = this.#host
    const paths = pathsOf(host, stored)
    makeFolder(paths.logsDir)
    this.#logFile ??= new RunLogFile(paths.logFile)
    const emit = (event: AgentEvent, withinMs: number): void => this.#emit(event, withinMs)
    const logs = new RunLogs({
      host,
      run: this.run,
      target: () => this.#target(),
      masker: () => this.#world?.mask.masker,
      files: (step, attempt) => this.files(step, attempt),
      emit,
      settled: () => this.#checkGone(),
    })
    const learn = (more: LearntSecrets): void => this.#keep(world, withSecrets(world.scope!.data, more))
    const closed = (): boolean => this.#isGone
    const world = openWorld(stored, { host, run: this.run, paths, logs, closed, emit, learn })
    this.#world = world
    const prepared = openScope(host, stored)
    if (prepared !== undefined) this.#adopt(world, prepared)
    recordKnown(world)
  }

  /** Where what leaves the host goes. */
  #target(): UploadTarget {
    const { url, credential } = this.#host
    return { url, credential, uploadKey: this.#world?.context.uploadKey ?? '' }
  }

  /** From here on the run's values are known: what leaves the host is masked. */
  #adopt(world: RunWorld, prepared: PreparedScope): void {
    world.scope = openRunScope(prepared.scope, this.#host.hostEnv, this.#host.passthrough)
    world.mask = maskOf(secretsOf(prepared.scope))
    const sealer = sealerOf(this.#host, prepared)
    if (sealer !== undefined) world.sealer = sealer
  }

  #keep(world: RunWorld, prepared: PreparedScope): void {
    this.#adopt(world, prepared)
    recordKnown(world)
    storeScope(this.#host, { context: world.context, startedAt: world.startedAt }, prepared)
  }

  #takePlan(plan: Plan): void {
    if (this.run.plans.has(plan.plan) || this.run.past.has(plan.plan)) return
    this.#record({ k: 'plan', run: this.run.runId, plan })
    const state = this.run.plans.get(plan.plan)!
    const refusal = refusalOf(plan, this.#world, this.#host)
    if (refusal !== undefined) this.#endPlan(state, refusal.reason, refusal.error)
    else this.#startLane(state)
  }

  #startLane(state: PlanState): void {
    const { plan } = state.plan
    if (this.#lanes.has(plan)) return
    const world = this.#world
    if (world === undefined) {
      const isUntouched = state.done === 0 && state.running === undefined
      this.#endPlan(state, isUntouched ? 'unprepared' : 'lost', 'what the host knew of the run is gone')
      return
    }
    const interruption = new Interruption()
    this.#lanes.set(plan, interruption)
    this.#deadline.apply(state, interruption)
    const port = {
      prepare: (state: PlanState, interruption: Interruption) => this.#prepare(state, interruption),
      acknowledged: () => new Promise<void>(resolve => this.#ackWaiters.push(resolve)),
      isInDoubt: () => this.#inDoubt,
    }
    void runPlan(world, state, interruption, port).then(
      end => this.#laneEnded(state, end),
      error => {
        this.#host.log('error', 'a plan ended with a fault of the agent', {
          run: this.run.runId,
          error: String(error?.stack),
        })
        this.#laneEnded(state, 'lost', `fault of the agent: ${error?.message}`)
      },
    )
  }

  #laneEnded(state: PlanState, end: PlanEnd, error?: string): void {
    this.#lanes.delete(state.plan.plan)
    if (end !== 'stale' && end !== 'closed' && !this.#isGone) this.#endPlan(state, end, error)
    this.#stops.settle(state.plan.plan)
    this.#checkGone()
  }

  #endPlan(state: PlanState, reason: Exclude<PlanEnd, 'stale' | 'closed'>, error?: string): void {
    const { plan, fence } = state.plan
    const why = error === undefined ? {} : { error }
    this.#emit({ type: 'plan_ended', plan, fence, at: this.#host.now(), reason, ...why }, 0)
    // Not waited for: what is reported needs no disk, what is lost with the power is asked again.
    void this.#host.journal.commit()
  }

  async #prepare(state: PlanState, interruption: Interruption): Promise<boolean> {
    const world = this.#world!
    const { plan, fence } = state.plan
    const ports = createPorts(this.#host, {
      runId: this.run.runId,
      dir: world.paths.dir,
      shell: world.shell,
      interruption,
    })
    const prepared = await prepareRun(world, ports, interruption)
    if (interruption.cause || this.#isGone) return false
    const { paths, artifactsDir } = world
    const folders = { workDir: paths.workDir, logFile: paths.logFile, ...(artifactsDir && { artifactsDir }) }
    const base = { type: 'prepared', plan, fence, at: this.#host.now(), ...folders } as const
    if (!prepared.ok) {
      const error = world.mask.text(problemText(prepared.error))
      this.#emit({ ...base, params: [], paramsDisplay: '', conditions: [], error }, 0)
      return false
    }
    const { scope, given, conditions, met } = prepared.value
    this.#keep(world, { scope: scope.data, sealKeys: given.sealKeys })
    const params = scope.data.params.map(({ name, value }) => ({ name, value: world.mask.text(value) }))
    const display = world.mask.text(scope.data.paramsDisplay)
    this.#artifacts.watch()
    this.#emit(
      { ...base, ...profileRead(given), params, paramsDisplay: display, conditions },
      met ? PREPARED_WITHIN_MS : 0,
    )
    return met
  }

  #dropPlan(plan: string): void {
    const lane = this.#lanes.get(plan)
    lane?.interrupt({ kind: 'stale' })
    this.#record({ k: 'drop', run: this.run.runId, plan })
  }

  #takeEnd(end: 'finished' | 'unknown'): void {
    if (this.run.end === end) return
    // What still runs here under an ended run is not its own any more.
    for (const [plan, state] of this.run.plans) if (!state.ended) this.#dropPlan(plan)
    this.#record({ k: 'end', run: this.run.runId, end })
    if (end === 'unknown') this.abandon()
    else this.#artifacts.watch()
  }

  #wakeAckWaiters(): void {
    const waiters = this.#ackWaiters
    this.#ackWaiters = []
    for (const waiter of waiters) waiter()
  }

  #checkGone(): void {
    if (this.run.end === undefined || this.#isGone || this.#lanes.size > 0 || this.#artifacts.isOpen) return
    if (isIdle(this.run)) this.#finishOff()
  }

  #finishOff(): void {
    if (this.#isGone) return
    this.#host.journal.append({ k: 'gone', run: this.run.runId })
    this.close()
    if (this.#world !== undefined) scrubRun(this.#host, this.run.runId, this.#world.paths)
    this.#gone()
  }
}

/** What comes right after the preparation travels with it. */
const PREPARED_WITHIN_MS = 50
