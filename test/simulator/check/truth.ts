// What really happened on the hosts: every process that was ever started. Promise: what the product believes plays no part in it,
// apart from the rules that allow a second start.
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { Proc } from '../agent/machine.ts'
import { calledRuns } from '../schedule/children.ts'

export interface Execution {
  step: string
  attempt: number
  machine: string
  startedAt: number
  endedAt: number | null
  how: string
  exitCode: number | null
}

export interface TrueRun {
  runId: string
  dag: Dag
  executions: Execution[]
  /** Runs that a step of it has called. */
  children: { step: string; run: TrueRun }[]
  /** A client has ended the run without its host. */
  isAbandoned: boolean
  /** A client was told that it is retried. */
  isRetried: boolean
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
  /** When the control plane last heard of a host. */
  readonly lastContact = new Map<string, () => number>()
  /** Looks further at each start. */
  onSpawn: (run: TrueRun, step: string) => void = () => {}

  constructor(loop: { readonly now: number }) {
    this.#loop = loop
  }

  run(runId: string, dag: Dag): TrueRun {
    const run: TrueRun = {
      runId,
      dag,
      executions: [],
      children: [],
      isAbandoned: false,
      isRetried: false,
      live: new Set(),
    }
    this.runs.set(runId, run)
    for (const child of calledRuns(runId, dag))
      run.children.push({ step: child.step, run: this.run(child.runId, child.dag) })
    return run
  }

  violate(runId: string, text: string): void {
    this.violations.push({ runId, text })
  }

  spawned(proc: Proc): void {
    const run = this.runs.get(proc.runId)
    if (run === undefined)
      return this.violate(proc.runId, `step ${proc.step} was started in a run that was never asked for`)
    this.#checkOnce(run, proc)
    this.#checkAlone(run, proc)
    this.#checkDependencies(run, proc)
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

  /** A process of this run is at work, as far as the control plane can know. */
  isAtWork(run: TrueRun): boolean {
    const { live, isAbandoned, executions } = run
    if (isAbandoned) return false
    for (const { isStopping, machine, step, attempt } of live) {
      if (endsAfterWait(run, step)) continue
      // What was lost on a silent host and ran again elsewhere is not the run's any more.
      const isLeft = executions.some(each => each.step === step && each.attempt > attempt)
      if (!isStopping && !isLeft && this.#loop.now - (this.lastContact.get(machine)?.() ?? 0) < SILENCE_MS) return true
    }
    return false
  }

  /** Nothing of what a step has called is at work when a dependent begins. */
  #checkCalled(run: TrueRun, proc: Proc, name: string): void {
    for (const child of run.children)
      if (child.step === name && this.isAtWork(child.run))
        this.violate(run.runId, `${proc.step} was started although ${child.run.runId}, called by ${name}, is at work`)
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
      const silent = this.#loop.now - (this.lastContact.get(other.machine)?.() ?? 0)
      if (silent < GRACE_MS - 60_000)
        this.violate(
          run.runId,
          `attempt ${proc.attempt} of ${proc.step} was started while attempt ${other.attempt} lives on ${other.machine}`,
        )
    }
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
export const endsAfterWait = ({ dag }: TrueRun, step: string): boolean =>
  dag.steps.some(each => each.approval !== undefined) && !dag.steps.some(each => each.name === step)

export const stepOf = (dag: Dag, name: string): Step | undefined => dag.steps.find(step => step.name === name)
