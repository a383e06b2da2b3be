import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../testing/cluster.ts'
import { aDag, aStep, retryPolicy } from '../testing/dags.ts'

const SELECTORS = [undefined, { host: 'a' }, { host: 'b' }] as const

/** Each step may ask for a place, depend on earlier ones, and fail once before it succeeds. */
const shape = fc.array(
  fc.record({
    selector: fc.constantFrom(...SELECTORS),
    depends: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
    fails: fc.boolean(),
    waitSec: fc.constantFrom(0, 1, 60),
  }),
  { minLength: 1, maxLength: 10 },
)

const dagOf = (steps: typeof shape extends fc.Arbitrary<infer T> ? T : never) =>
  aDag(
    steps.map(({ selector, depends, fails, waitSec }, i) =>
      aStep(`s${i}`, {
        depends: [...new Set(depends.filter(on => on < i).map(on => `s${on}`))],
        ...(selector === undefined ? {} : { workerSelector: selector }),
        ...(fails ? { retryPolicy: retryPolicy({ limit: 1, intervalSec: waitSec }) } : {}),
      }),
    ),
    { type: 'graph', handlers: { exit: aStep('onExit') } },
  )

describe('steps with selectors of their own', () => {
  it('all run as often as they must, in any shape of DAG, and every room is given back', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 3 }), (steps, capacity) => {
        const dag = dagOf(steps)
        const script = (name: string, attempt: number) => {
          const failing = steps[Number(name.slice(1))]?.fails && attempt === 1
          return failing ? ({ outcome: 'failed', exitCode: 1 } as const) : {}
        }
        const cluster = new Cluster(dag, { script, capacity }).accept().run()
        expect(cluster.head.status).toBe('succeeded')
        const attempts = Object.fromEntries([...cluster.state!.steps.values()].map(step => [step.name, step.attempt]))
        const expected = Object.fromEntries(steps.map(({ fails }, i) => [`s${i}`, fails ? 2 : 1]))
        expect(attempts).toEqual({ ...expected, onExit: 1 })
        expect(cluster.free).toBe(capacity)
      }),
      { numRuns: 200 },
    )
  })

  it('ask for room with their own selector, and for that of the run with none', () => {
    const dag = aDag([
      aStep('a'),
      aStep('b', { depends: ['a'], workerSelector: { gpu: 'yes' } }),
      aStep('c', { depends: ['b'] }),
    ])
    const cluster = new Cluster(dag).accept().run()
    const asked = cluster.commands.flatMap(command => (command.type === 'acquire_room' ? [command] : []))
    expect(asked).toEqual([
      { type: 'acquire_room', count: 1, selector: { gpu: 'yes' }, place: 'gpu=yes' },
      { type: 'acquire_room', count: 1, runnerId: 'host1' },
    ])
  })

  it('give room back that was granted for the place that the run has left, and wait for their own', () => {
    const dag = aDag([aStep('a'), aStep('b', { depends: ['a'], workerSelector: { gpu: 'yes' } })])
    const cluster = new Cluster(dag, { capacity: 1 }).accept()
    // Somebody else takes the room that it leaves.
    cluster.free = -1
    cluster.run()
    expect(cluster.head).toMatchObject({ place: 'gpu=yes', runnerId: null, waitingRoom: true })
    const late = { runnerId: 'host2', hostname: 'host2', room: 1 }
    expect(cluster.event({ type: 'assigned', assignment: late })).toEqual([
      { type: 'release_room', count: 1, runnerId: 'host2' },
    ])
    expect(cluster.head).toMatchObject({ runnerId: null, waitingRoom: true })
  })

  it('leave the handlers at home, also when the last step was elsewhere', () => {
    const dag = aDag([aStep('a'), aStep('b', { depends: ['a'], workerSelector: { gpu: 'yes' } })], {
      handlers: { exit: aStep('onExit') },
    })
    const cluster = new Cluster(dag).accept().run()
    const asked = cluster.commands.flatMap(command => (command.type === 'acquire_room' ? [command] : []))
    expect(asked).toEqual([
      { type: 'acquire_room', count: 1, selector: { gpu: 'yes' }, place: 'gpu=yes' },
      { type: 'acquire_room', count: 1, runnerId: 'host1' },
    ])
    expect(cluster.head).toMatchObject({ status: 'succeeded', place: '' })
  })

  it('begin at home again in the next attempt of the run', () => {
    const dag = aDag([aStep('a'), aStep('b', { depends: ['a'], workerSelector: { gpu: 'yes' } })])
    let isBroken = true
    const script = (name: string) => (name === 'b' && isBroken ? ({ outcome: 'failed', exitCode: 1 } as const) : {})
    const cluster = new Cluster(dag, { script }).accept().run()
    expect(cluster.head).toMatchObject({ status: 'failed' })
    isBroken = false
    cluster.event({ type: 'retry_requested', by: 'me' })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(cluster.state!.steps.get('b')?.attempt).toBe(2)
  })
})
