// Carrying out what a transition wants done. Promise: commands go out only after their changes were written (the output gate holds
// them until those are durable); a failed one is left to be derived again from state by the delivery alarm.
import type { RunFrame } from '@edgedag/core/protocol/frames'
import { err, ok, type Result } from '@edgedag/core/result'
import { newsOf } from '@edgedag/core/run/children/child-news'
import type { RunCommand } from '@edgedag/core/run/commands'
import type { RunEvent } from '@edgedag/core/run/events'
import { EDGE_RUNNER, laneOf } from '@edgedag/core/run/lane'
import { initialRoom, wantedRunner } from '@edgedag/core/run/placement/room'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { ImportedStep } from '@edgedag/core/run/step-record'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { type Kinds, SINGLETON } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { RunChildren } from './children.ts'
import { type LoadedRun, noteSent, summaryOf } from './loaded.ts'

export interface EffectHooks {
  /** Takes in an event and answers the commands that follow. */
  step(run: LoadedRun, event: RunEvent): RunCommand[]
  packable(run: LoadedRun): void
  children: RunChildren
}

export class RunEffects {
  readonly #host: ObjectHost<Kinds>
  readonly #hooks: EffectHooks

  constructor(host: ObjectHost<Kinds>, hooks: EffectHooks) {
    this.#host = host
    this.#hooks = hooks
  }

  /** Carries out commands in the background. */
  start(run: LoadedRun, commands: RunCommand[]): void {
    if (commands.length > 0) this.#host.background(this.carryOut(run, commands))
  }

  /** What the run holds on its host: a Fleet that has lost its memory counts every run that a host carries. */
  sayRoom(run: LoadedRun): void {
    const { runnerId, room } = run.state.head
    if (runnerId !== null) this.start(run, [{ type: 'release_room', count: room, runnerId }])
  }

  async carryOut(run: LoadedRun, commands: RunCommand[]): Promise<void> {
    const slot = this.#releaseSlot(run, commands)
    await Promise.all([...commands.map(command => this.#one(run, command)), slot])
  }

  /** A slot is free before the Dag hears of the end: a retry that follows must not find it taken. */
  async #releaseSlot(run: LoadedRun, commands: RunCommand[]): Promise<void> {
    const release = commands.find(command => command.type === 'release_slot')
    if (release !== undefined) {
      await this.#host.object('queue', release.queue).release(run.runId, release.hold)
      run.delivered = { ...run.delivered, released: release.hold }
    }
    if (commands.some(command => command.type === 'tell_dag')) await this.#tellDag(run)
  }

  async #tellDag(run: LoadedRun): Promise<void> {
    const { tell, spec } = run.state.head
    if (spec.parent === undefined) await this.#host.object('dag', spec.dagId).runChanged(summaryOf(run))
    else await this.#tellParent(run, spec.parent.runId)
    run.delivered = { ...run.delivered, told: Math.max(run.delivered.told, tell) }
  }

  /** The parent's record is to a called run what its Dag's row is to others. */
  #tellParent(run: LoadedRun, parentId: string): Promise<void> {
    const parent = this.#host.object('run', runObjectName(parentId, this.#host.settings.runPool))
    return parent.childChanged(parentId, newsOf(run.state, run.dag))
  }

  async #one(run: LoadedRun, command: RunCommand): Promise<void> {
    switch (command.type) {
      case 'send':
        return await this.#send(run, command.runnerId, command.frame)
      case 'acquire_room':
        return await this.#acquire(run, command)
      case 'release_room': {
        const { runnerId } = command
        if (runnerId === EDGE_RUNNER) return
        const { room, seq, runnerId: own } = run.state.head
        const held = runnerId === own ? room : 0
        return await this.#host.object('fleet', SINGLETON).release({ runId: run.runId, runnerId, held, seq })
      }
      case 'pack':
        return this.#hooks.packable(run)
      case 'acquire_slot':
        return await this.#acquireSlot(run, command)
      case 'leave_queue':
        return void (await this.#host.object('queue', command.queue).dequeue(run.runId))
      case 'resolve_call':
        return await this.#hooks.children.resolve(run, command)
      case 'start_child':
      case 'stop_child':
        return await this.#hooks.children.order(run, command)
      case 'release_slot':
      case 'tell_dag':
        return
    }
  }

  async #send(run: LoadedRun, runnerId: string, frame: RunFrame): Promise<void> {
    // A retry may begin meanwhile, and end again.
    const { head } = run.state
    await sendTo(this.#host, runnerId, frame)
    noteSent(run, runnerId, frame, head)
  }

  /** The queue answers through the Dag, as at a first admission. Who has begun goes before who has not. */
  async #acquireSlot(run: LoadedRun, { queue, since }: { queue: string; since: number }): Promise<void> {
    const { runId, dagId } = run.state.head.spec
    await this.#host.object('queue', queue).enqueue({ runId, dagId, priority: 'high', enqueuedAt: since, first: true })
    run.delivered = { ...run.delivered, askedSlot: since }
  }

  async #acquire(run: LoadedRun, command: Extract<RunCommand, { type: 'acquire_room' }>): Promise<void> {
    const { count, runnerId, selector, place } = command
    const { room: held, seq } = run.state.head
    const { spec, runnerId: begun } = run.state.head
    const answer = await askRoom(
      this.#host,
      spec,
      run.dag,
      { runId: run.runId, count, held, seq, runnerId, selector, ...(place === undefined ? {} : { place }) },
      begun,
    )
    const event: RunEvent =
      'reason' in answer ? { type: 'unassigned', reason: answer.reason } : { type: 'assigned', assignment: answer }
    await this.carryOut(run, this.#hooks.step(run, event))
  }
}

/** The frame that answers a runner, out of the commands that followed its message; the other commands. */
export function takeAnswer(commands: RunCommand[], runnerId: string): { frame: RunFrame | null; rest: RunCommand[] } {
  const answer = commands.find(command => command.type === 'send' && command.runnerId === runnerId)
  return {
    frame: answer?.type === 'send' ? answer.frame : null,
    rest: commands.filter(command => command !== answer),
  }
}

interface RoomWanted {
  runId: string
  count: number
  held: number
  seq: number
  runnerId: string | undefined
  /** Of a step that has one of its own; absent: the DAG's. */
  selector?: Record<string, string> | undefined
  /** Where the run is that asks; absent: home. */
  place?: string
}

/** Frames go to the socket of an agent, or to the EdgeRunner of the run. */
function sendTo(host: ObjectHost<Kinds>, runnerId: string, frame: RunFrame): Promise<unknown> {
  if (runnerId !== EDGE_RUNNER) return host.object('runner', runnerId).send(frame, host.now())
  return host.object('edge', runObjectName(frame.runId, host.settings.runPool)).send(frame)
}

/** Room at the edge costs nothing and is always there; a run that has begun on a runner stays with it. */
async function askRoom(host: ObjectHost<Kinds>, spec: RunSpec, dag: Dag, wanted: RoomWanted, begun?: string | null) {
  const isEdge = begun == null ? laneOf(dag, spec).at === 'edge' : begun === EDGE_RUNNER
  if (isEdge) return { runnerId: EDGE_RUNNER, hostname: EDGE_RUNNER, room: wanted.count }
  return await askFleet(host, spec, dag, wanted)
}

function askFleet(
  host: ObjectHost<Kinds>,
  { workersOnly }: RunSpec,
  dag: Dag,
  { runnerId, selector: own, ...wanted }: RoomWanted,
) {
  const workerSelector = own ?? dag.workerSelector
  return host.object('fleet', SINGLETON).acquire({
    ...wanted,
    wait: true,
    ...(runnerId === undefined ? {} : { runnerId }),
    ...(workersOnly ? { workersOnly } : {}),
    ...(workerSelector === undefined || workerSelector === 'local' ? {} : { selector: workerSelector }),
  })
}

/** Room for a run that is about to be accepted, or the reason why it has to wait; neither: it begins without and asks again. */
export async function firstRoom(
  host: ObjectHost<Kinds>,
  spec: RunSpec,
  dag: Dag,
): Promise<Pick<Extract<RunEvent, { type: 'accepted' }>, 'assignment' | 'reason'>> {
  const count = initialRoom(dag)
  if (count === 0) return {}
  try {
    const answer = await askRoom(host, spec, dag, {
      runId: spec.runId,
      count,
      held: 0,
      seq: 0,
      runnerId: wantedRunner(spec, dag),
    })
    return 'reason' in answer ? { reason: answer.reason } : { assignment: answer }
  } catch {
    return {}
  }
}

/** What a run takes over of a former one; without it the run must not begin: its steps would run again. */
export async function importsOf(
  host: ObjectHost<Kinds>,
  { imports }: RunSpec,
): Promise<Result<{ imports?: ImportedStep[] }, { code: 'gone'; message: string }>> {
  if (imports === undefined) return ok({})
  const former = host.object('run', runObjectName(imports.runId, host.settings.runPool))
  const steps = await former.importedSteps(imports.runId, imports.steps)
  if (steps?.length === imports.steps.length) return ok({ imports: steps })
  return err({ code: 'gone', message: `the steps that it takes over from run ${imports.runId} are not there any more` })
}
