import { expect, it } from 'vitest'
import { calling, callStep, ended, withKid } from '../testing/calls.ts'
import { Cluster } from '../testing/cluster.ts'
import { chain } from '../testing/dags.ts'
import { newsOf } from './child-news.ts'

const waitingForChild = () => {
  const cluster = new Cluster(
    chain([callStep(), 'after'], withKid),
    calling(['A="1"'], ({ attempt }) => (attempt === 1 ? 'hang' : {})),
  )
  return cluster.accept().run()
}

it('outputs that hold a secret reach the host of the parent sealed, and every attempt from then on asks for keys', () => {
  const cluster = waitingForChild()
  const [order] = cluster.children.started
  const sealedOutputs = [{ step: 'k', names: ['T'], text: 's1.sealed' }]
  cluster.event({ type: 'children_changed', news: [{ ...ended(order!), outputs: { T: '***' }, sealedOutputs }] })
  cluster.run()
  expect(cluster.agent.concluded.at(-1)).toMatchObject({ sealed: true, exitCode: 0 })
  expect(cluster.state!.children.get('go/0/0')).toMatchObject({ sealedOutputs })
  expect(cluster.agent.contexts.at(-1)!.sealedOutputs).toBeUndefined()
  cluster.event({ type: 'retry_requested', by: 'kim', step: 'after' })
  cluster.run()
  expect(cluster.agent.contexts.at(-1)!.sealedOutputs).toBe(true)
})

it('without them nothing is asked for', () => {
  const cluster = waitingForChild()
  const [order] = cluster.children.started
  cluster.event({ type: 'children_changed', news: [{ ...ended(order!), outputs: { T: 'plain' } }] })
  cluster.run()
  expect(cluster.agent.concluded.at(-1)!.sealed).toBeUndefined()
  expect(cluster.state!.head.sealedOutputs).toBeUndefined()
})

it('of one variable the last step counts, and a step without a word in it says nothing', () => {
  const { state, dag } = new Cluster(chain(['a', 'b', 'c'])).accept().run() as Cluster
  const sealed = (name: string, outputs: Record<string, string>, text?: string) =>
    state!.steps.set(name, { ...state!.steps.get(name)!, outputs, ...(text && { sealed: text }) })
  sealed('a', { X: '***', Y: '***' }, 'of a')
  sealed('b', { X: 'plain' })
  sealed('c', { Z: '***' }, 'of c')
  expect(newsOf(state!, dag).sealedOutputs).toEqual([
    { step: 'a', names: ['Y'], text: 'of a' },
    { step: 'c', names: ['Z'], text: 'of c' },
  ])
})
