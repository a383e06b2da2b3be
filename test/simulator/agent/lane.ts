// One plan on a simulated host, item by item, as runner-agent/runs/plan-lane.ts and step-run.ts promise: on only after a plain
// success; the start of an attempt durable before its process; a process that an earlier agent started is adopted.
import { type AgentEvent, MAX_UNACKED_RESULTS } from '@edgedag/core/protocol/frames'
import type { PlanItem } from '@edgedag/core/protocol/plans'
import { err, type Result } from '@edgedag/core/result'
import type { Step } from '@edgedag/core/spec/dag'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { backoffMs } from '@edgedag/runner-agent/connection/backoff'
import type { FinishedEvent, PlanState } from '@edgedag/runner-agent/runs/host-run-state'
import { calledItems } from '../schedule/children.ts'
import { Interrupt } from './interrupt.ts'
import type { Exit, Proc } from './machine.ts'
import type { SimRun } from './sim-run.ts'

export type PlanEnd = 'completed' | 'step' | 'stopped' | 'run_timeout' | 'refused' | 'unprepared' | 'lost' | 'stale'
type ChildrenEvent = Extract<AgentEvent, { type: 'children' }>
type StepItem = Extract<PlanItem, { kind: 'step' }>

const PREPARED_WITHIN_MS = 20
const FINISHED_WITHIN_MS = 20
const STARTED_WITHIN_MS = 1
/** As the real agent's. */
const GIVE_UP_MS = 120_000
const BACKOFF = { firstMs: 250, maxMs: 5_000 }

export async function runLane(run: SimRun, state: PlanState, interrupt: Interrupt): Promise<PlanEnd> {
  const { items } = state.plan
  const last = state.running === undefined ? items[state.done - 1] : undefined
  if (state.over || (last?.kind === 'step' && state.done < items.length && endsPlan(run, last.step))) return 'step'
  while (state.done < items.length) {
    const item = items[state.done]!
    if (interrupt.cause && state.running === undefined) return endOf(interrupt)
    if (item.kind === 'prepare') {
      if (!(await prepare(run, state, interrupt))) return interrupt.cause ? endOf(interrupt) : 'step'
      continue
    }
    if (state.running === undefined) {
      await mayStart(run, interrupt)
      if (interrupt.cause) return endOf(interrupt)
    }
    const finished = await runStep(run, state, item, interrupt)
    if (finished === 'called') return 'step'
    if (finished === undefined || interrupt.cause === 'stale') return endOf(interrupt)
    const ends = endsPlan(run, item.step)
    const goesOn = finished.outcome === 'succeeded' && state.done + 1 < items.length && !ends
    run.emit(finished, goesOn ? FINISHED_WITHIN_MS : 0)
    if (finished.stdout !== undefined && finished.stdout.text === undefined)
      run.upload(item.step, item.attempt, finished.stdout.bytes)
    if (interrupt.cause) return endOf(interrupt)
    if (finished.outcome !== 'succeeded' || (ends && state.done < items.length)) return 'step'
  }
  return 'completed'
}

/** After these the Run decides what comes next, even after a success. */
function endsPlan(run: SimRun, name: string): boolean {
  const step = run.stepOf(name)
  return step?.repeatPolicy !== undefined || step?.approval !== undefined
}

async function prepare(run: SimRun, state: PlanState, interrupt: Interrupt): Promise<boolean> {
  const { plan, fence } = state.plan
  const { agent } = run
  await agent.wait(agent.machine.random.between(0.5, 10))
  if (interrupt.cause) return false
  const asked = await askSecrets(run, interrupt)
  if (interrupt.cause) return false
  if (asked !== null && !asked.ok) {
    run.emit(
      {
        ...{ type: 'prepared', plan, fence, at: agent.now(), params: [], paramsDisplay: '', conditions: [] },
        ...{ workDir: '/w', error: asked.error },
      },
      0,
    )
    return false
  }
  run.given = asked === null ? null : asked.value
  run.isPrepared = true
  agent.machine.store(run.context!, run.given)
  const act = agent.machine.world.script(run.run.runId)('', 0)
  const met = !act.unmet
  const conditions = act.unmet ? [{ condition: 'test -f x', met }] : []
  run.emit(
    {
      ...{ type: 'prepared', plan, fence, at: agent.now(), params: [], paramsDisplay: '', conditions, workDir: '/w' },
      ...profileRead(run),
    },
    met ? PREPARED_WITHIN_MS : 0,
  )
  return met
}

const profileRead = ({ given }: SimRun) => {
  if (given?.profile === undefined) return {}
  const { resolvedAt, entries } = given.profile
  const names = entries.map(({ key, secret }) => ({ key, kind: secret ? ('secret' as const) : ('variable' as const) }))
  return { profile: { resolvedAt, entries: names } }
}

/** Null: the run has no profile. */
async function askSecrets(run: SimRun, interrupt: Interrupt): Promise<Result<AttemptSecrets, string> | null> {
  const { profile, runId, attempt } = run.context!
  if (profile === undefined) return null
  const { agent } = run
  const { loop } = agent.machine.world
  const until = loop.now + GIVE_UP_MS
  for (let failures = 1; ; failures++) {
    const answer = await agent.secrets({ runId, attempt })
    if (answer !== null) return answer.ok ? answer : err(answer.error.message)
    if (interrupt.cause || loop.now > until) return err('the control plane does not answer')
    await agent.wait(backoffMs(failures, agent.machine.random.next(), BACKOFF))
  }
}

async function mayStart(run: SimRun, interrupt: Interrupt): Promise<void> {
  while (!interrupt.cause) {
    const waitsForWord = run.run.unackedResults >= MAX_UNACKED_RESULTS || run.isInDoubt
    const wait = waitsForWord ? run.acknowledged() : run.agent.whenFresh()
    if (wait === undefined) return
    await Promise.race([wait, new Promise<void>(resolve => interrupt.on(resolve))])
  }
}

async function runStep(
  run: SimRun,
  state: PlanState,
  item: StepItem,
  lane: Interrupt,
): Promise<FinishedEvent | 'called' | undefined> {
  const { agent } = run
  const { plan, fence } = state.plan
  const { step: name, attempt } = item
  const interrupt = new Interrupt()
  lane.on(() => interrupt.throw(lane.cause!))
  const finished = (fields: Pick<FinishedEvent, 'outcome' | 'exitCode'> & Partial<FinishedEvent>): FinishedEvent => ({
    type: 'finished',
    plan,
    fence,
    at: agent.now(),
    step: name,
    attempt,
    ...fields,
  })
  const step = run.stepOf(name)
  if (!run.isPrepared || step === undefined) return finished({ outcome: 'failed', exitCode: 1, error: 'not prepared' })
  if (item.conclude !== undefined) {
    await agent.wait(agent.machine.random.between(0.5, 5))
    const { exitCode } = item.conclude
    const outcome = exitCode === 0 ? 'succeeded' : 'failed'
    return interrupt.cause ? undefined : finished({ outcome, exitCode, stdout: { bytes: 3, lines: 1, text: '{}\n' } })
  }
  const restored = state.running
  const startedAt = restored?.at ?? agent.now()
  if (restored === undefined) {
    if (step.preconditions.length > 0) {
      await agent.wait(agent.machine.random.between(0.5, 5))
      if (interrupt.cause) return undefined
      if (agent.machine.world.script(run.run.runId)(name, attempt).unmet) {
        return finished({ outcome: 'skipped', exitCode: 0, conditions: [{ condition: 'test', met: false }] })
      }
    }
    if (step.call !== undefined) {
      await agent.wait(agent.machine.random.between(0.5, 5))
      if (interrupt.cause) return undefined
      run.emit(callEvent(step, { plan, fence, at: agent.now(), step: name, attempt }), 0)
      return 'called'
    }
    run.record({ k: 'start', run: run.run.runId, plan, step: name, attempt, at: startedAt })
    await agent.commit()
    if (interrupt.cause) return finished({ startedAt, ...judge({ exitCode: -1 }, interrupt) })
  }
  const exit = await supervise(run, state, item, step, {
    interrupt,
    startedAt,
    restored: restored !== undefined,
  })
  const act = agent.machine.world.script(run.run.runId)(name, attempt)
  // This agent masks nothing: what it says is masked where it arrives.
  const secret = run.given?.profile?.entries.find(entry => entry.secret)?.value ?? ''
  const text = `hi${secret}\n`
  const stdout = act.bigLog ? { bytes: 100_000, lines: 1 } : { bytes: text.length, lines: 1, text }
  const facts =
    step.repeatPolicy?.condition === undefined
      ? {}
      : { facts: { repeatCondition: act.repeats ? ('met' as const) : ('unmet' as const) } }
  return finished({ startedAt, stdout, ...facts, ...judge(exit, interrupt) })
}

/** What the step calls, as the agent tells the Run. */
function callEvent(step: Step, of: Pick<ChildrenEvent, 'plan' | 'fence' | 'at' | 'step' | 'attempt'>): ChildrenEvent {
  const { maxConcurrent } = step.parallel ?? {}
  return {
    type: 'children',
    ...of,
    target: step.call!,
    parallel: step.parallel !== undefined,
    from: 0,
    items: calledItems(step, false),
    last: true,
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  }
}

/** The process of an attempt: started once, or found again, and watched to its end. */
async function supervise(
  run: SimRun,
  state: PlanState,
  { step: name, attempt }: StepItem,
  step: Step,
  { interrupt, startedAt, restored }: { interrupt: Interrupt; startedAt: number; restored: boolean },
): Promise<Exit> {
  const { agent } = run
  const { machine } = agent
  const known = machine.procs.get(`${run.run.runId}/${name}/${attempt}`)
  if (known === undefined && state.running?.rebooted) return { exitCode: -1, lost: true }
  if (known === undefined && restored) {
    await mayStart(run, interrupt)
    if (interrupt.cause) return { exitCode: -1 }
  }
  agent.running++
  agent.point('spawn')
  const proc = known ?? machine.spawn(run.run.runId, name, attempt)
  agent.point('spawned')
  const told = state.running?.told ?? false
  if (!told && proc.state !== 'dead') {
    run.emit(
      { type: 'started', plan: state.plan.plan, fence: state.plan.fence, at: agent.now(), step: name, attempt, pid: 7 },
      STARTED_WITHIN_MS,
    )
  }
  interrupt.on(() => machine.stop(proc))
  if (step.timeoutSec > 0) {
    const left = Math.max(0, step.timeoutSec * 1000 - (agent.now() - startedAt))
    agent.later(left, () => proc.state === 'running' && interrupt.throw('step_timeout'))
  }
  const exit = await exitOf(run, proc)
  agent.running--
  return exit
}

/** How the process ended, seen a moment later; never for an agent that is gone. */
function exitOf(run: SimRun, proc: Proc): Promise<Exit> {
  return new Promise(resolve => {
    const look = (): void => {
      run.agent.later(run.agent.machine.random.between(0.1, 3), () =>
        resolve(proc.exit ?? { exitCode: -1, lost: true }),
      )
    }
    if (proc.state === 'running') proc.waiters.push(look)
    else look()
  })
}

function judge(exit: Exit, { cause }: Interrupt): { outcome: FinishedEvent['outcome']; exitCode: number } {
  if (cause === 'step_timeout') return { outcome: 'timed_out', exitCode: 124 }
  if (cause !== undefined) return { outcome: 'aborted', exitCode: exit.exitCode }
  if (exit.lost) return { outcome: 'lost', exitCode: -1 }
  return { outcome: exit.exitCode === 0 ? 'succeeded' : 'failed', exitCode: exit.exitCode }
}

const endOf = ({ cause }: Interrupt): PlanEnd =>
  cause === 'stale' ? 'stale' : cause === 'run_timeout' ? 'run_timeout' : 'stopped'
