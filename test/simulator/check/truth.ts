// What really happened on the hosts: every process that was ever started. Promise: what the product believes plays no part in it,
// apart from the rules that allow a second start.
import { laneOf } from '@edgedag/core/run/lane'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { Proc } from '../agent/machine.ts'
import { type CalledRun, calledRuns, calledSeed, type Stored } from '../schedule/children.ts'
import { createScript, type ScriptTraits, type StepScript } from '../schedule/script.ts'
import { fitsZone } from '../schedule/zones.ts'

export interface Execution {
  step: string
  attempt: number
  machine: string
  startedAt: number
  endedAt: number | null
  how: string
  exitCode: number | null
}

export interface PlannedRun {
  runId: string
  dag: Dag
  scriptSeed: string
  traits: ScriptTraits
  /** What decides, besides the DAG, where it is executed. */
  spec?: Parameters<typeof laneOf>[1]
}

export interface TrueRun {
  runId: string
  dag: Dag
  scriptSeed: string
  isAtEdge: boolean
  script: StepScript
  executions: Execution[]
  /** Runs that its steps may call. */
  children: { called: CalledRun; run: TrueRun }[]
  /** A person may have to decide about a step of it, or of a run that it calls. */
  mayWait: boolean
  /** A client has ended the run without its host. */
  isAbandoned: boolean
  /** A client was told that it is retried. */
  isRetried: boolean
  /** A client was told that it is deleted. */
  isDeleted: boolean
  live: Set<Proc>
}

/** A host that was not heard of for so long is silent: what lives there may have been given up. */
const SILENCE_MS = 15_000
/** A silent host's steps may be started elsewhere after this long (DESIGN section 4). */
const GRACE_MS = 15 * 60_000

export class Truth {
  readonly violations: { runId: string; text: string }[] = []
  readonly runs = new Map<string, TrueRun>()
  readonly #loop: { readonly now: number }
  readonly #stored: Stored
  /** For how long the control plane has not heard of a host, by its own clock, in ms. */
  readonly silence = new Map<string, () => number>()
  /** Looks further at each start. */
  onSpawn: (run: TrueRun, step: string) => void = () => {}

  constructor(loop: { readonly now: number }, stored: Stored) {
    this.#loop = loop
    this.#stored = stored
  }

  /** A run that may come to be, with all that it may call. */
  run({ traits, spec = {}, ...planned }: PlannedRun): TrueRun {
    const { runId, dag, scriptSeed } = planned
    const isAtEdge = laneOf(dag, spec).at === 'edge'
    const children = calledRuns({ runId, dag, isAtEdge }, this.#stored).map(called => ({
      called,
      run: this.run({
        ...{ runId: called.runId, dag: called.dag, scriptSeed: calledSeed(scriptSeed, called), traits },
        spec: {
          ...(spec.profile === undefined ? {} : { profile: spec.profile }),
          parent: isAtEdge ? {} : { runnerId: 'that of its parent' },
          ...(called.sealed === undefined ? {} : { sealedParams: called.sealed }),
        },
      }),
    }))
    const run: TrueRun = {
      ...{ runId, dag, children, scriptSeed, isAtEdge },
      script: createScript(scriptSeed, traits),
      executions: [],
      mayWait: dag.steps.some(step => step.approval !== undefined) || children.some(child => child.run.mayWait),
      isAbandoned: false,
      isRetried: false,
      isDeleted: false,
      live: new Set(),
    }
    this.runs.set(runId, run)
    return run
  }

  violate(runId: string, text: string): void {
    this.violations.push({ runId, text })
  }

  spawned(proc: Proc): void {
    const run = this.runs.get(proc.runId)
    if (run === undefined)
      return this.violate(proc.runId, `step ${proc.step} was started in a run that was never asked for`)
    if (run.isDeleted && !run.isAbandoned)
      this.violate(proc.runId, `${proc.step} was started although the run is deleted`)
    this.#checkOnce(run, proc)
    this.#checkAlone(run, proc)
    this.#checkDependencies(run, proc)
    this.#checkPlace(run, proc)
    run.executions.push({
      step: proc.step,
      attempt: proc.attempt,
      machine: proc.machine,
      startedAt: this.#loop.now,
      endedAt: null,
      how: '',
      exitCode: null,
    })
    run.live.add(proc)
    this.onSpawn(run, proc.step)
  }

  ended(proc: Proc, how: string): void {
    const run = this.runs.get(proc.runId)
    const execution = run?.executions.find(each => each.step === proc.step && each.attempt === proc.attempt)
    if (run === undefined || execution === undefined) return
    run.live.delete(proc)
    execution.endedAt = this.#loop.now
    execution.how = how
    execution.exitCode = proc.exit?.exitCode ?? null
  }

  #silenceOf(machine: string): number {
    return this.silence.get(machine)?.() ?? this.#loop.now
  }

  /** A process of this run is at work, as far as the control plane can know. */
  isAtWork(run: TrueRun): boolean {
    const { live, isAbandoned, executions } = run
    if (isAbandoned) return false
    for (const { isStopping, machine, step, attempt } of live) {
      if (endsAfterWait(run, step)) continue
      // What was lost on a silent host and ran again elsewhere is not the run's any more.
      const isLeft = executions.some(each => each.step === step && each.attempt > attempt)
      if (!isStopping && !isLeft && this.#silenceOf(machine) < SILENCE_MS) return true
    }
    return false
  }

  /** Nothing of what a step has called is at work when a dependent begins. */
  #checkCalled(run: TrueRun, proc: Proc, name: string): void {
    for (const { called, run: child } of run.children)
      if (called.step === name && this.#isTreeAtWork(child))
        this.violate(run.runId, `${proc.step} was started although ${child.runId}, called by ${name}, is at work`)
  }

  /** It, or a run below it. */
  #isTreeAtWork(run: TrueRun): boolean {
    return this.isAtWork(run) || run.children.some(child => this.#isTreeAtWork(child.run))
  }

  /** At most once per attempt, and attempts only grow. */
  #checkOnce(run: TrueRun, proc: Proc): void {
    for (const earlier of run.executions) {
      if (earlier.step !== proc.step) continue
      if (earlier.attempt === proc.attempt)
        this.violate(run.runId, `attempt ${proc.attempt} of ${proc.step} was executed twice`)
      else if (earlier.attempt > proc.attempt)
        this.violate(run.runId, `attempt ${proc.attempt} of ${proc.step} was executed after attempt ${earlier.attempt}`)
    }
  }

  /** One owner: no second process of a step while one lives, but by the rules for lost hosts. */
  #checkAlone(run: TrueRun, proc: Proc): void {
    if (run.isAbandoned || stepOf(run.dag, proc.step)?.onLost === 'retry_now') return
    for (const other of run.live) {
      if (other.step !== proc.step) continue
      if (this.#silenceOf(other.machine) < GRACE_MS - 60_000)
        this.violate(
          run.runId,
          `attempt ${proc.attempt} of ${proc.step} was started while attempt ${other.attempt} lives on ${other.machine}`,
        )
    }
  }

  /** On a host that it asks for; what asks for none is where its DAG is. */
  #checkPlace({ runId, dag }: TrueRun, { step, machine, zone }: Proc): void {
    const selector = stepOf(dag, step)?.workerSelector ?? dag.workerSelector
    if (!fitsZone(selector, zone))
      this.violate(runId, `${step} was started on ${machine}, which is not what it asks for`)
  }

  #checkDependencies(run: TrueRun, proc: Proc): void {
    const step = run.dag.steps.find(each => each.name === proc.step)
    for (const name of step?.depends ?? []) {
      const needed = run.dag.steps.find(each => each.name === name)!
      if (needed.continueOn !== undefined) continue
      if (needed.call !== undefined) {
        this.#checkCalled(run, proc, name)
        continue
      }
      // What a repeat policy makes of a result is not looked at here.
      const passed = run.executions.some(each => each.step === name && each.exitCode === 0)
      if (!passed) this.violate(run.runId, `${proc.step} was started although ${name} has not succeeded`)
    }
  }
}

/** Handlers of a run that was ended while it waited for a person: the place in its queue was given back, and they need none. */
export const endsAfterWait = ({ dag, mayWait }: TrueRun, step: string): boolean =>
  mayWait && !dag.steps.some(each => each.name === step)

export const stepOf = (dag: Dag, name: string): Step | undefined => dag.steps.find(step => step.name === name)

/** All runs that may be called below it. */
export function* below(run: TrueRun): Generator<TrueRun> {
  for (const child of run.children) {
    yield child.run
    yield* below(child.run)
  }
}
