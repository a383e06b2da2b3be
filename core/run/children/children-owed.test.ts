import { describe, expect, it } from 'vitest'
import { encodeCheckpoint, loadRun } from '../checkpoint.ts'
import { NOTHING_DELIVERED, orderKey, pending } from '../pending.ts'
import { calling, callStep, ended, withKid, words } from '../testing/calls.ts'
import { Cluster, runDag } from '../testing/cluster.ts'
import { chain } from '../testing/dags.ts'

describe('what is owed to children', () => {
  it('is derived from state until it has arrived', () => {
    const cluster = new Cluster(
      chain([callStep()], withKid),
      calling(words(3), () => 'hang'),
    )
      .accept()
      .run()
    const owed = (started: string[]) =>
      pending(cluster.state!, cluster.dag, cluster.context(), {
        ...NOTHING_DELIVERED,
        told: 9,
        started: new Set(started),
        stopped: new Set(),
      })
    expect(owed([]).map(command => command.type)).toEqual(['start_child', 'start_child', 'start_child'])
    const [first, ...rest] = cluster.children.started.map(orderKey)
    expect(owed(rest)).toMatchObject([{ type: 'start_child', child: { params: 'w0' } }])
    expect(owed([first!, ...rest])).toEqual([])
  })

  it('is known again from the journal alone', () => {
    const cluster = runDag(
      chain([callStep()], withKid),
      calling(words(50), () => ({ outputs: { A: 'b' } })),
    )
    expect(encodeCheckpoint(loadRun(null, cluster.journal)!)).toBe(encodeCheckpoint(cluster.state!))
  })

  it('does not change by repeated, late and foreign news', () => {
    const cluster = new Cluster(
      chain([callStep()], withKid),
      calling(words(3), () => 'hang'),
    )
      .accept()
      .run()
    const [a, b] = cluster.children.started
    cluster.event({ type: 'children_changed', news: [ended(a!)] })
    const before = encodeCheckpoint(cluster.state!)
    cluster.event({
      type: 'children_changed',
      news: [
        { ...ended(a!), status: 'failed' },
        { ...ended(b!), id: 'nobody' },
        { ...ended(b!), attempt: 0 },
      ],
    })
    expect(encodeCheckpoint(cluster.state!)).toBe(before)
  })
})

describe('a host', () => {
  it('that is lost while it publishes the result publishes it again elsewhere', () => {
    const cluster = new Cluster(
      chain([callStep()], withKid),
      calling([''], () => ({})),
    )
      .accept()
      .settle()
    const order = cluster.children.started[0]!
    cluster.agent.take = () => {}
    cluster.event({ type: 'children_changed', news: [ended(order)] })
    expect(cluster.state!.plans.size).toBe(1)
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'b', plans: [] })
    expect(cluster.state!.steps.get('go')!.status).toBe('running')
    expect([...cluster.state!.plans.values()][0]!.items.at(-1)).toMatchObject({ step: 'go', attempt: 1, conclude: {} })
  })
})
