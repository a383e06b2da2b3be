// A run at the edge over a bad line: reports and answers are lost, and the edge forgets everything now and then.
import type { Report, RunFrame } from '@edgedag/core/protocol/frames'
import { applyChanges } from '@edgedag/core/run/apply'
import type { RunCommand } from '@edgedag/core/run/commands'
import type { RunEvent } from '@edgedag/core/run/events'
import { checkInvariants } from '@edgedag/core/run/invariants'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { dueTimer, pending } from '@edgedag/core/run/pending'
import type { RunState } from '@edgedag/core/run/state'
import { aSpec } from '@edgedag/core/run/testing/dags'
import { testDigest } from '@edgedag/core/run/testing/ideal-children'
import { transition } from '@edgedag/core/run/transition'
import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Blobs } from '../host/port.ts'
import { logSink } from './edge-logs.ts'
import { EdgeRun } from './edge-run.ts'

const DAG = `
type: graph
env: [{HI: hello}]
handler_on: {exit: {type: log, with: {message: "\${DAG_RUN_STATUS}"}}}
steps:
${Array.from({ length: 20 }, (_, i) => `  - {name: s${i}, type: log, with: {message: "${i}"}, output: V${i}${i > 0 ? `, depends: [s${i - 1}]` : ''}}`).join('\n')}
  - {name: beside, type: noop, repeat_policy: {repeat: true, limit: 3, interval_sec: 0}}
  - {name: last, type: log, with: {message: "\${HI} \${V19}"}, output: END, depends: [s19, beside]}
`

/** Requests with an effect, which must not be made twice, and one without. */
const EFFECTS = `
type: graph
steps:
  - {name: read, type: http, command: GET https://shop.example.com/read}
  - {name: first, type: http, command: POST https://shop.example.com/first, depends: [read], continue_on: failure}
  - {name: note, type: log, with: {message: between}, depends: [first]}
  - {name: second, type: http, command: DELETE https://shop.example.com/second, depends: [note], continue_on: failure}
  - {name: twice, type: http, command: POST https://shop.example.com/twice, retry_policy: {limit: 1, interval_sec: 0}, continue_on: failure}
`

const load = (text: string): Dag => {
  const loaded = loadDags(text, { fileName: 'edge' })
  if (!loaded.ok) throw new Error(loaded.error.map(problem => problem.message).join('; '))
  return loaded.value.dag
}

/** What happens to the nth report. */
type Fate = 'ok' | 'lost' | 'answer lost' | 'forgotten' | 'answer lost and forgotten'

class World {
  readonly #dag: Dag
  readonly #fates: Fate[]
  state: RunState | undefined
  edge: EdgeRun | undefined
  /** Requests that were made, and how many the Run knew to be started at that moment. */
  readonly made: { path: string; isStarted: boolean }[] = []
  now = 1_000_000
  /** The clock goes back by 2,000 s with this report: longer than all takes. */
  setBackAfter = Number.POSITIVE_INFINITY
  #reports = 0
  #ids = 0
  readonly #gone = new Set<EdgeRun>()
  #work: Promise<void>[] = []

  constructor(dag: Dag, fates: Fate[]) {
    this.#dag = dag
    this.#fates = fates
  }

  #context() {
    return {
      now: this.now,
      newId: (length: number) => String(++this.#ids).padStart(length, '0'),
      uploadKey: '',
      sha256: testDigest,
    }
  }

  step(event: RunEvent): RunCommand[] {
    const { changes, commands } = transition(this.state, this.#dag, event, this.#context())
    if (changes) this.state = applyChanges(this.state, changes)
    expect(checkInvariants(this.state!, this.#dag)).toEqual([])
    return commands
  }

  carryOut(commands: RunCommand[]): void {
    for (const command of commands) {
      if (command.type === 'send') this.#send(command.frame)
      if (command.type === 'acquire_room')
        this.carryOut(
          this.step({
            type: 'assigned',
            assignment: { runnerId: EDGE_RUNNER, hostname: EDGE_RUNNER, room: command.count },
          }),
        )
    }
  }

  #send(frame: RunFrame): void {
    if (!this.edge && !frame.plans && !frame.stop) return
    this.edge ??= this.#open(frame.runId)
    this.#background(this.edge.take(structuredClone(frame)))
  }

  #background(work: Promise<void>): void {
    this.#work.push(work.catch(() => {}))
  }

  #open(runId: string): EdgeRun {
    const blobs = {
      put: async () => true,
      get: async () => null,
      delete: async () => {},
      list: async () => [],
    } as unknown as Blobs
    const edge: EdgeRun = new EdgeRun(runId, {
      now: () => ++this.now,
      pause: async () => {},
      report: async report => this.#report(edge, report),
      log: logSink(runId, blobs, () => this.now),
      outside: {
        fetch: async url => {
          const path = new URL(url).pathname.slice(1)
          this.made.push({ path, isStarted: this.state?.steps.get(path)?.status === 'running' })
          return { status: 200, statusText: 'OK', headers: [], body: null }
        },
        sendMail: async () => ({ ok: true, response: '250' }),
      },
      secrets: async () => ({ ok: false, error: { message: 'none' } }),
      payload: async () => null,
      background: work => this.#background(work),
      ended: () => {
        if (this.edge === edge) this.edge = undefined
      },
    })
    return edge
  }

  #report(from: EdgeRun, report: Report): RunFrame {
    const fate = this.#fates.shift() ?? 'ok'
    if (this.#reports++ === this.setBackAfter) this.now -= 2_000_000
    if (fate.includes('forgotten') && this.edge === from) this.edge = undefined
    // What has forgotten everything says nothing any more.
    if (fate === 'forgotten') this.#gone.add(from)
    if (this.#gone.has(from)) throw new Error('the edge is gone')
    if (fate === 'lost') throw new Error('the report did not arrive')
    const commands = this.step({ type: 'report', runnerId: EDGE_RUNNER, seq: report.seq, events: report.events })
    const answer = commands.find(command => command.type === 'send')
    this.carryOut(commands.filter(command => command !== answer))
    if (fate.startsWith('answer lost')) throw new Error('the answer did not arrive')
    return structuredClone(answer?.type === 'send' ? answer.frame : { type: 'run', runId: report.runId })
  }

  async settle(): Promise<void> {
    while (this.#work.length > 0) await Promise.all(this.#work.splice(0))
  }

  /** Until the run is over: timers, and what is owed is sent again. */
  async run(): Promise<RunState> {
    const spec = aSpec({ createdAt: this.now })
    const assignment = { runnerId: EDGE_RUNNER, hostname: EDGE_RUNNER, room: 2 }
    this.carryOut(this.step({ type: 'accepted', spec, assignment }))
    for (let i = 0; i < 200 && this.state!.head.phase !== 'ended'; i++) {
      await this.settle()
      this.now += 5_000
      const timer = dueTimer(this.state!, this.now)
      if (timer) this.carryOut(this.step({ type: 'timer', timer: timer.key }))
      this.carryOut(pending(this.state!, this.#dag, this.#context()))
    }
    await this.settle()
    return this.state!
  }
}

const fate = fc.constantFrom<Fate>('ok', 'lost', 'answer lost', 'forgotten', 'answer lost and forgotten')

describe('a run at the edge', () => {
  it('succeeds with every step run once, whatever is lost or forgotten on the way', async () => {
    const dag = load(DAG)
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 12 }), async fates => {
        const state = await new World(dag, [...fates]).run()
        expect(state.head).toMatchObject({ phase: 'ended', status: 'succeeded', error: null })
        const attempts = [...state.steps.values()].map(step => [step.name, step.attempt])
        const expected = dag.steps.map(({ name }) => [name, name === 'beside' ? 3 : 1])
        expect(Object.fromEntries(attempts)).toEqual({ ...Object.fromEntries(expected), onExit: 1 })
        expect(state.steps.get('last')?.outputs).toEqual({ END: 'hello 19' })
      }),
      { numRuns: 60 },
    )
  })

  it('is heard by a Run that knows it by a clock which has been set back since', async () => {
    const world = new World(load(DAG), ['ok', 'ok', 'ok', 'forgotten'])
    world.now = 5_000_000
    world.setBackAfter = 3
    expect((await world.run()).head).toMatchObject({ phase: 'ended', status: 'succeeded' })
    expect(world.now).toBeLessThan(5_000_000)
  })

  it('makes a request with an effect once an attempt, after the Run has written that it starts; what is forgotten meanwhile is lost', async () => {
    const dag = load(EFFECTS)
    const seen = { lost: 0, retried: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 16 }), async fates => {
        const world = new World(dag, [...fates])
        const state = await world.run()
        expect(state.head.phase).toBe('ended')
        expect(state.steps.get('read')).toMatchObject({ status: 'succeeded' })
        for (const name of ['first', 'second', 'twice']) {
          const { attempt, lost, status } = state.steps.get(name)!
          const made = world.made.filter(request => request.path === name)
          expect(made.every(request => request.isStarted)).toBe(true)
          expect(made.length).toBeLessThanOrEqual(attempt)
          expect(attempt).toBeLessThanOrEqual(name === 'twice' ? 2 : 1)
          expect(status).toBe(lost ? 'failed' : 'succeeded')
          if (!lost) expect(made.length).toBeGreaterThan(0)
          seen.lost += lost ? 1 : 0
          seen.retried += attempt > 1 ? 1 : 0
        }
      }),
      {
        examples: [[['ok', 'lost', 'lost', 'forgotten', 'ok', 'ok', 'lost', 'ok', 'lost', 'lost']]],
        numRuns: 100,
      },
    )
    // Otherwise nothing was tried.
    expect(seen.lost).toBeGreaterThan(0)
    expect(seen.retried).toBeGreaterThan(0)
  })
})
