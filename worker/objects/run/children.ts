// The called runs of a Run: finding what is called, starting, stopping, and hearing of them. Promise: every order may be carried out any
// number of times; news are taken in by batches, each durable before its child hears that it has arrived.
import type { ChildNews, ChildOrder } from '@edgedag/core/run/children/child-types'
import type { RunCommand } from '@edgedag/core/run/commands'
import type { RunEvent } from '@edgedag/core/run/events'
import { isLiving, livingChildren, orderKey } from '@edgedag/core/run/pending'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'
import { type CalledDefinition, type Kinds, SINGLETON } from '../contracts.ts'
import { mainInstanceOf } from '../dag/accept.ts'
import { runObjectName } from '../names.ts'
import { type ChildDefinition, childDefinition, childSpec } from './child-definition.ts'
import type { LoadedRun } from './loaded.ts'
import type { RunStore } from './store.ts'

/** News that one transition takes in. */
const BATCH = 40
/** Children that are looked after at once: each costs up to two requests. */
const LOOKED_AFTER = 20
const MAX_DEFINITIONS = 50
/** Names that an error about a missing DAG lists. */
const NAMES_SHOWN = 20

type Command<T extends RunCommand['type']> = Extract<RunCommand, { type: T }>

export interface ChildrenHooks {
  /** Takes in an event and carries out what follows. */
  take(run: LoadedRun, event: RunEvent): void
  /** Sets the run's alarm anew: something that held it back is over. */
  goOn(run: LoadedRun): void
}

export class RunChildren {
  readonly #host: ObjectHost<Kinds>
  readonly #store: RunStore
  readonly #hooks: ChildrenHooks
  readonly #definitions = new Map<string, ChildDefinition>()
  readonly #inbox = new Map<string, { news: ChildNews[]; taken: Promise<void> }>()

  constructor(host: ObjectHost<Kinds>, store: RunStore, hooks: ChildrenHooks) {
    this.#host = host
    this.#store = store
    this.#hooks = hooks
  }

  /** Finds and pins what a step calls. */
  async resolve(run: LoadedRun, { step, attempt, target, text }: Command<'resolve_call'>): Promise<void> {
    const found = await this.#find(run, target, text)
    const event = { type: 'call_resolved' as const, step, attempt }
    if ('error' in found) return this.#hooks.take(run, { ...event, error: found.error })
    const { dagId, fileName, dagJson, specHash, source } = found
    const { hash, json, dag } = childDefinition(run.dag, step, JSON.parse(dagJson) as Dag, text === undefined)
    this.#store.pin(hash, json)
    const called = { kind: 'stored' as const, name: dag.name, dagId, fileName, hash, specHash }
    this.#hooks.take(run, { ...event, dag: source === null ? called : { ...called, source } })
  }

  /** Carries an order out; the next batch may go when this was the last of its own. */
  async order(run: LoadedRun, command: Command<'start_child' | 'stop_child'>): Promise<void> {
    const key = orderKey(command.child)
    run.delivered.sending.add(key)
    try {
      if (command.type === 'start_child') await this.#start(run, command.child)
      else await this.#stop(run, command)
    } finally {
      run.delivered.sending.delete(key)
      if (run.delivered.sending.size === 0) this.#hooks.goOn(run)
    }
  }

  async #start(run: LoadedRun, order: ChildOrder): Promise<void> {
    const definition = this.#definition(run, order)
    if (definition === null) return this.changed(run, refusal(order, `the definition of ${order.dag.name} is gone`))
    if (order.attempt > 1) return this.#retry(run, order)
    const spec = childSpec(run.state, order, definition, this.#accepting())
    if (!spec.ok) return this.changed(run, refusal(order, spec.error.message))
    const created = await this.#run(order.id).create({ spec: spec.value, dagJson: definition.json })
    if (!created.ok) return this.changed(run, refusal(order, created.error.message))
    this.#arrived(run, order)
    // It has been here before, and its last word may have been lost.
    if (TERMINAL_RUN_STATUSES.has(created.value.status)) await this.#ask(run, order)
  }

  async #retry(run: LoadedRun, order: ChildOrder): Promise<void> {
    const retried = await this.#run(order.id).retry(order.id, { by: 'parent', attempt: order.attempt, ...order.again })
    if (retried.ok) this.#arrived(run, order)
    else if (retried.error.code === 'not_found')
      return this.changed(run, refusal(order, 'its former run is gone; retry the step to run it anew'))
    // Else it is not over yet (its parent was abandoned): the order goes out again.
  }

  async #stop(run: LoadedRun, { child: order, by, abandon }: Command<'stop_child'>): Promise<void> {
    const child = this.#run(order.id)
    const stopped = await child.stop(order.id, { by, ...(abandon ? { abandon } : {}) })
    if (stopped.ok) {
      if (isLiving(run.state, run.dag, order)) run.delivered.stopped.add(orderKey(order))
      return
    }
    // What is done instead may fail on its way: the stop counts as delivered only by what the child says then.
    if ((await child.poke(order.id)) === 'unknown') await this.#createStopped(run, order, by)
    else if (!(await this.#ask(run, order))) await this.#retryStopped(run, order, by)
  }

  /** A child says what has become of it. */
  changed(run: LoadedRun, news: ChildNews): Promise<void> {
    let inbox = this.#inbox.get(run.runId)
    if (inbox === undefined) {
      inbox = { news: [], taken: this.#takeIn(run) }
      this.#inbox.set(run.runId, inbox)
    }
    inbox.news.push(news)
    return inbox.taken
  }

  /** Asks children that have been silent; those that are unknown are started again. */
  async lookAfter(run: LoadedRun): Promise<void> {
    const living = [...run.state.calls.values()].flatMap(call => [...livingChildren(run.state, call)])
    const known = living.filter(child => run.delivered.started.has(orderKey(child)))
    for (const child of known.slice(0, LOOKED_AFTER)) {
      const state = await this.#run(child.id).poke(child.id)
      run.delivered.started.delete(orderKey(child))
      if (state === 'unknown') continue
      // Behind the others: the next time those come first.
      this.#arrived(run, child)
      if (state === 'finished') await this.#ask(run, child)
    }
  }

  /** A quick child may be over before the answer to its order is here: what is not owed any more is not counted. */
  #arrived(run: LoadedRun, order: { id: string; attempt: number }): void {
    if (isLiving(run.state, run.dag, order)) run.delivered.started.add(orderKey(order))
  }

  /** What happens while the rows before are being written goes together. */
  async #takeIn(run: LoadedRun): Promise<void> {
    await this.#host.durable().catch(() => undefined)
    const { news } = this.#inbox.get(run.runId)!
    this.#inbox.delete(run.runId)
    for (let i = 0; i < news.length; i += BATCH)
      this.#hooks.take(run, { type: 'children_changed', news: news.slice(i, i + BATCH) })
    for (const { id, attempt } of news) {
      if (isLiving(run.state, run.dag, { id, attempt })) continue
      run.delivered.started.delete(orderKey({ id, attempt }))
      run.delivered.stopped.delete(orderKey({ id, attempt }))
    }
    // What is owed was counted with them.
    this.#hooks.goOn(run)
  }

  /** Takes in what a child says now; false: it has not come to this attempt. */
  async #ask(run: LoadedRun, order: { id: string; attempt: number }): Promise<boolean> {
    const news = await this.#run(order.id).news(order.id)
    if (news === null || news.attempt < order.attempt) return false
    await this.changed(run, news)
    return true
  }

  /** The order for its next attempt may still be on its way: it finds one that is over. */
  async #retryStopped(run: LoadedRun, order: ChildOrder, by: string): Promise<void> {
    const request = { by: 'parent', attempt: order.attempt, stopped: { by } }
    const retried = await this.#run(order.id).retry(order.id, request)
    if (retried.ok) await this.#ask(run, order)
    else if (retried.error.code === 'not_found')
      await this.changed(run, refusal(order, 'stopped before its start', 'aborted'))
    // Else its former attempt is not over: the stop goes out again.
  }

  /** The order to create it may still be on its way: it finds a run that is over. */
  async #createStopped(run: LoadedRun, order: ChildOrder, by: string): Promise<void> {
    const definition = this.#definition(run, order)
    const spec = definition && childSpec(run.state, order, definition, this.#accepting())
    if (!definition || !spec?.ok) return this.changed(run, refusal(order, 'stopped before its start', 'aborted'))
    const created = await this.#run(order.id).create({ spec: spec.value, dagJson: definition.json, stopped: { by } })
    if (!created.ok) return this.changed(run, refusal(order, created.error.message, 'aborted'))
    await this.#ask(run, order)
  }

  #definition(run: LoadedRun, { dag, step }: ChildOrder): ChildDefinition | null {
    const key = dag.kind === 'stored' ? dag.hash : `${run.dagHash}/${step}/${dag.name}`
    const known = this.#definitions.get(key)
    if (known !== undefined) return known
    const made = dag.kind === 'stored' ? this.#pinned(dag.hash) : localDefinition(run.dag, step, dag.name)
    if (this.#definitions.size > MAX_DEFINITIONS) this.#definitions.clear()
    if (made !== null) this.#definitions.set(key, made)
    return made
  }

  #pinned(hash: string): ChildDefinition | null {
    const json = this.#store.pinned(hash)
    return json === null ? null : { dag: JSON.parse(json) as Dag, json, hash: sha256Hex(json) }
  }

  async #find(run: LoadedRun, target: string, text: string | undefined): Promise<CalledDefinition | { error: string }> {
    const name = (target.split(/[/\\]/).at(-1) ?? target).replace(/\.ya?ml$/i, '')
    const directory = this.#host.object('directory', SINGLETON)
    const dagId = text === undefined ? await directory.dagId(name, false) : run.state.head.spec.dagId
    if (dagId !== null) {
      const answer = await this.#host.object('dag', dagId).definition(text === undefined ? {} : { text, name })
      if (answer.ok) return answer.value
      if (answer.error.code === 'invalid') return { error: `${target} cannot be called: ${answer.error.message}` }
    }
    const stored = (await directory.dagIds()).sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
    const names = [
      ...new Set([...run.dag.localDags, ...stored.map(({ fileName }) => ({ name: fileName }))].map(each => each.name)),
    ]
    const known = names.slice(0, NAMES_SHOWN).join(', ') + (names.length > NAMES_SHOWN ? ', ...' : '')
    return { error: `there is no DAG ${target} to call${known === '' ? '' : `; known are: ${known}`}` }
  }

  #accepting() {
    const { settings } = this.#host
    return { now: this.#host.now(), mainInstance: mainInstanceOf(settings), executionMode: settings.executionMode }
  }

  #run(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}

function localDefinition(parent: Dag, step: string, name: string): ChildDefinition | null {
  const local = parent.localDags.find(dag => dag.name === name)
  return local === undefined ? null : childDefinition(parent, step, local)
}

/** News of a child that never came to life. */
const refusal = ({ id, attempt }: ChildOrder, error: string, status: 'failed' | 'aborted' = 'failed'): ChildNews => ({
  ...{ id, attempt, status, error, refused: true },
  ...{ startedAt: null, finishedAt: null, runner: null },
})
