// One attempt of a step on this host: resolve, start, wait, and say how it ended. Promise: it is started once, its start is
// durable before its process exists, and what is reported is what happened.
import { dirname } from 'node:path'
import { plainScope, type RunScope } from '@edgedag/core/expr/run-scope'
import { resolveStep, type StepPlan } from '@edgedag/core/expr/step-plan'
import type { StepInput } from '@edgedag/core/expr/step-scope'
import type { Plan } from '@edgedag/core/protocol/plans'
import { ok } from '@edgedag/core/result'
import { RUN_MAIL } from '@edgedag/core/run/mail-nodes'
import type { Step } from '@edgedag/core/spec/dag'
import type { ExecutorContext, ExecutorEnd } from '../executors/executor.ts'
import { executorFor } from '../executors/index.ts'
import { makeFolder } from '../state/make-folder.ts'
import { attachedLogs } from './attached-logs.ts'
import { childrenEvents, openResult, writeResult } from './call-step.ts'
import { applyRecord } from './host-run.ts'
import type { FinishedEvent, PlanState, RawResult } from './host-run-state.ts'
import { Interruption } from './interruption.ts'
import { createPorts } from './ports.ts'
import { errorText, finishedStreams, publish } from './step-end.ts'
import { appendLog, type StepFiles, stepFiles, streamTargets, writeOutput } from './step-files.ts'
import type { StepItem, Verdict } from './step-item.ts'
import { runProcess } from './step-process.ts'
import { conditionResults, type RunWorld } from './world.ts'

/** So long the start of a step waits for a quick end to travel along: a report costs the control plane a call, a commit and an answer. */
const STARTED_WITHIN_MS = 50

export interface FinishedStep {
  event: FinishedEvent
  raw?: RawResult
}

/** The lane that a step runs in. */
export interface StepLane {
  interruption: Interruption
  /** Waits until something new may start; false: it is not to, any more. */
  mayStart(interruption: Interruption): Promise<boolean>
  /** A process of the step exists: there is time for other things. */
  started(): void
}

/**
 * Runs an item of a plan. Undefined: it was not begun (interrupted before its start); `called`: the Run has been told what it calls,
 * and goes on.
 */
export const runStep = async (
  world: RunWorld,
  state: PlanState,
  item: StepItem,
  lane: StepLane,
): Promise<FinishedStep | 'called' | undefined> => {
  const node = world.nodes.get(item.step)
  const common = { plan: state.plan.plan, fence: state.plan.fence, step: item.step, attempt: item.attempt }
  const fail = (error: string): FinishedStep => ({
    event: { type: 'finished', ...common, at: world.host.now(), outcome: 'failed', exitCode: 1, error },
  })
  if (node === undefined) return fail(`there is no step ${item.step} in this DAG`)
  const scope = world.scope ?? (node.step.type === RUN_MAIL ? plainScopeOf(world) : undefined)
  if (scope === undefined) return fail('the run is not prepared on this host')
  const run = new StepRun(world, scope, state.plan, item, node.step, node.handler !== undefined, lane)
  if (item.conclude !== undefined) return run.conclude(item.conclude)
  return node.step.call === undefined ? run.run(state) : run.call()
}

/** A run that could not be prepared still tells of that. */
const plainScopeOf = ({ dag, host, run }: RunWorld): RunScope =>
  plainScope(dag, {
    hostEnv: host.hostEnv,
    passthrough: host.passthrough,
    runVars: { DAG_NAME: dag.name, DAG_RUN_ID: run.runId },
  })

class StepRun {
  readonly #world: RunWorld
  readonly #plan: Plan
  readonly #item: StepItem
  readonly #step: Step
  readonly #files: StepFiles
  readonly #input: StepInput
  readonly #interruption: Interruption
  readonly #lane: StepLane
  #told = false
  #commands: string[] = []

  constructor(
    world: RunWorld,
    scope: RunScope,
    plan: Plan,
    item: StepItem,
    step: Step,
    handler: boolean,
    lane: StepLane,
  ) {
    this.#world = world
    this.#plan = plan
    this.#item = item
    this.#step = step
    this.#interruption = new Interruption(lane.interruption)
    this.#lane = lane
    this.#files = stepFiles(world.paths, world.dag, step, item.step, item.attempt)
    this.#input = {
      dag: world.dag,
      step,
      run: scope,
      handler,
      results: world.results,
      ports: createPorts(world.host, {
        runId: world.run.runId,
        dir: world.paths.dir,
        shell: world.shell,
        interruption: this.#interruption,
      }),
      vars: {
        nodeName: item.step,
        stdoutFile: this.#files.stdout,
        stderrFile: this.#files.stderr,
        ...(item.env === undefined ? {} : { env: item.env }),
      },
    }
  }

  async run(state: PlanState): Promise<FinishedStep | undefined> {
    const restored = state.running
    // Without conditions the step is as good as started: its intent becomes durable while it is being resolved.
    const early = restored === undefined && this.#step.preconditions.length === 0
    const at = restored?.at ?? this.#world.host.now()
    this.#told = restored?.told ?? false
    let durable = early ? this.#intend(at) : undefined
    const input = restored ? withoutConditions(this.#input) : this.#input
    const resolved = await resolveStep(input)
    if (this.#interruption.cause && !restored) return early ? this.#aborted(at) : undefined
    if (!resolved.ok) return this.#failed(resolved.error.message)
    const plan = resolved.value
    if (!plan.conditions.met) return this.#skipped(plan)
    if (!early && restored === undefined) durable = this.#intend(at)
    await durable
    if (this.#world.closed()) return undefined
    if (this.#interruption.cause && !restored) return this.#aborted(at)
    return this.#execute(plan, at, restored)
  }

  /** A step that calls DAGs is only evaluated here. */
  async call(): Promise<FinishedStep | 'called' | undefined> {
    const resolved = await resolveStep(this.#input)
    if (this.#interruption.cause) return undefined
    if (!resolved.ok) return this.#failed(resolved.error.message)
    const plan = resolved.value
    if (!plan.conditions.met) return this.#skipped(plan)
    const events = await childrenEvents(this.#world, this.#input, plan, this.#common())
    if (this.#interruption.cause || this.#world.closed()) return undefined
    if (!events.ok) return this.#failed(events.error)
    if (plan.warnings.length > 0) this.#warn(plan.warnings)
    // The end of the plan follows at once, and takes them along.
    for (const event of events.value) this.#world.emit(event, STARTED_WITHIN_MS)
    return 'called'
  }

  /** Its children are over: their result is what the step has said. */
  async conclude(said: NonNullable<StepItem['conclude']>): Promise<FinishedStep | undefined> {
    const { exitCode, error } = said
    this.#told = true
    const result = said.sealed ? await openResult(this.#world, said.text, this.#interruption) : ok(said.text)
    if (!result.ok) return this.#interruption.cause ? undefined : this.#failed(result.error)
    const resolved = await resolveStep(withoutConditions(this.#input))
    if (this.#interruption.cause || this.#world.closed()) return undefined
    if (!resolved.ok) return this.#failed(resolved.error.message)
    try {
      writeResult(result.value, this.#files, resolved.value)
    } catch (cause) {
      return this.#failed(`the result of the call could not be written: ${(cause as Error).message}`)
    }
    this.#watchLogs()
    return this.#conclude(
      resolved.value,
      { exitCode, ...(error === undefined ? {} : { error }) },
      this.#world.host.now(),
    )
  }

  #failed(error: string): FinishedStep {
    return this.#finished({ outcome: 'failed', exitCode: 1, error: this.#mask(error) })
  }

  #intend(at: number): Promise<void> {
    const { host, run } = this.#world
    const { plan } = this.#plan
    const { step, attempt } = this.#item
    const record = { k: 'start', run: run.runId, plan, step, attempt, at } as const
    host.journal.append(record)
    applyRecord(run, record)
    return host.journal.commit()
  }

  async #execute(plan: StepPlan, startedAt: number, restored: PlanState['running']): Promise<FinishedStep> {
    const { host } = this.#world
    this.#commands = plan.jobs.map(job => this.#mask(job.display))
    const executor = executorFor(this.#step.type)
    const timer = this.#startTimeout(restored ? host.now() - startedAt : 0)
    host.running.count++
    let end: ExecutorEnd
    try {
      makeFolder(plan.cwd)
      if (plan.warnings.length > 0) this.#warn(plan.warnings)
      this.#watchLogs()
      const isProcess = executor.isProcess === true
      if (!isProcess) this.#tellStarted(undefined)
      if (restored && !isProcess && !executor.isRepeatable(plan))
        end = { exitCode: -1, lost: true, error: 'lost: the agent ended while it ran, and it may have had its effect' }
      else end = await executor.execute(this.#context(plan, restored))
    } catch (error) {
      end = { exitCode: 1, error: `the step could not be run: ${(error as Error).message}` }
    } finally {
      host.running.count--
      clearTimeout(timer)
      this.#interruption.release()
    }
    return this.#conclude(plan, end, startedAt)
  }

  #warn(warnings: readonly string[]): void {
    makeFolder(dirname(this.#files.stderr))
    appendLog(this.#files.stderr, warnings.map(warning => `${this.#mask(warning)}\n`).join(''))
  }

  #startTimeout(elapsedMs: number): NodeJS.Timeout | undefined {
    const limitSec = this.#step.timeoutSec
    if (limitSec <= 0) return undefined
    const left = Math.max(0, limitSec * 1000 - elapsedMs)
    // setTimeout takes at most 2^31-1 ms; a step that runs for 24 days is not ended by a timer that has wrapped.
    return setTimeout(
      () => this.#interruption.interrupt({ kind: 'step_timeout', limitSec }),
      Math.min(left, 2 ** 31 - 1),
    )
  }

  #context(plan: StepPlan, restored: PlanState['running']): ExecutorContext {
    const { host, dag, run } = this.#world
    const { step, attempt } = this.#item
    const files = this.#files
    return {
      dag,
      step: this.#step,
      request: this.#item.mail === undefined ? plan : { ...plan, config: { ...plan.config, report: this.#item.mail } },
      runLogs: (steps, maxBytes) => attachedLogs(this.#world, steps, maxBytes),
      identity: `${run.runId}.${step}.${attempt}`,
      jobs: plan.jobs,
      env: plan.env,
      cwd: plan.cwd,
      dir: files.dir,
      isInterrupted: () => this.#interruption.cause !== undefined,
      signal: () => this.#interruption.signal,
      write: (stream, text) => writeOutput(files, plan, stream, text),
      run: async ({ index, argv, stdoutPath }) => {
        // The next agent goes on from here.
        if (this.#world.closed()) return { exitCode: -1 }
        const exit = await runProcess(host, {
          key: `${run.runId}/${step}/${attempt}`,
          dir: files.dir,
          index,
          restored: restored !== undefined,
          rebooted: restored?.rebooted === true,
          mayStart: () => this.#lane.mayStart(this.#interruption),
          interruption: this.#interruption,
          signal: (this.#step.signalOnStop ?? 'SIGTERM') as NodeJS.Signals,
          maxCleanUpMs: dag.maxCleanUpTimeSec * 1000,
          request: {
            argv,
            env: plan.env,
            cwd: plan.cwd,
            affinity: run.runId,
            ...streamTargets(files, plan, stdoutPath),
          },
          started: identity => {
            this.#tellStarted(identity.pid)
            this.#lane.started()
          },
        })
        return { exitCode: exit.exitCode, ...errorText(exit, this.#files), ...(exit.lost ? { lost: true } : {}) }
      },
    }
  }

  #tellStarted(pid: number | undefined): void {
    if (this.#told) return
    this.#told = true
    const { stdout, stderr } = this.#files
    this.#world.emit(
      {
        type: 'started',
        ...this.#common(),
        ...(pid === undefined ? {} : { pid }),
        ...(this.#commands.length === 0 ? {} : { commands: this.#commands }),
        stdoutPath: stdout,
        stderrPath: stderr,
      },
      STARTED_WITHIN_MS,
    )
  }

  #watchLogs(): void {
    this.#world.logs.watch(this.#item.step, this.#item.attempt, this.#files)
  }

  async #conclude(plan: StepPlan, end: ExecutorEnd, startedAt: number): Promise<FinishedStep> {
    const verdict = judge(end, this.#interruption, this.#world.host.now() - startedAt)
    const after = publish(this.#world, this.#input, plan, this.#files, verdict)
    const published = after instanceof Promise ? await after : after
    const logs = finishedStreams(this.#world, this.#item, this.#files)
    const streams = logs instanceof Promise ? await logs : logs
    const { raw, ...fields } = published
    const finished = this.#finished({ ...verdict, ...fields, ...streams, startedAt })
    if (verdict.error !== undefined && fields.error === undefined) finished.event.error = this.#mask(verdict.error)
    return raw === undefined ? finished : { ...finished, raw }
  }

  #skipped(plan: StepPlan): FinishedStep {
    const { failed, results } = plan.conditions
    const conditions = conditionResults(results, this.#world.mask)
    const error = failed ? conditions.find(result => !result.met)?.error : undefined
    return this.#finished({ outcome: 'skipped', exitCode: 0, conditions, ...(error === undefined ? {} : { error }) })
  }

  /** The intent is written and the process was prevented. */
  #aborted(startedAt: number): FinishedStep {
    return this.#finished({ startedAt, ...judge({ exitCode: -1 }, this.#interruption, 0) })
  }

  #finished(fields: Omit<FinishedEvent, 'type' | 'plan' | 'fence' | 'step' | 'attempt' | 'at'>): FinishedStep {
    const { stdout, stderr } = this.#files
    const files = fields.startedAt === undefined ? {} : { stdoutPath: stdout, stderrPath: stderr }
    const commands = this.#told || this.#commands.length === 0 ? {} : { commands: this.#commands }
    return { event: { type: 'finished', ...this.#common(), ...files, ...commands, ...fields } }
  }

  #common() {
    const { plan, fence } = this.#plan
    return { plan, fence, at: this.#world.host.now(), step: this.#item.step, attempt: this.#item.attempt }
  }

  #mask(text: string): string {
    return this.#world.mask.text(text)
  }
}

/** A restarted agent has asked the conditions before. */
const withoutConditions = (input: StepInput): StepInput => ({ ...input, step: { ...input.step, preconditions: [] } })

/** How a step ended (semantics 9, 11): what ended it counts more than its exit code. */
const judge = (end: ExecutorEnd, { cause }: Interruption, elapsedMs: number): Verdict => {
  if (cause?.kind === 'step_timeout') {
    const error = `step timed out after ${(elapsedMs / 1000).toFixed(1)}s (timeout_sec: ${cause.limitSec})`
    return { outcome: 'timed_out', exitCode: 124, error }
  }
  if (cause?.kind === 'run_timeout') {
    const error = `the DAG timed out (timeout_sec: ${cause.limitMs / 1000})`
    return { outcome: 'aborted', exitCode: end.exitCode, error }
  }
  if (cause !== undefined) return { outcome: 'aborted', exitCode: end.exitCode, error: 'stopped' }
  if (end.lost) return { outcome: 'lost', exitCode: -1, error: end.error ?? 'the process is gone' }
  if (end.exitCode === 0) return { outcome: 'succeeded', exitCode: 0 }
  return { outcome: 'failed', exitCode: end.exitCode, error: end.error ?? `exit status ${end.exitCode}` }
}
