import { describe, expect, it } from 'vitest'
import { Cluster } from '../testing/cluster.ts'
import { aDag, aStep, chain } from '../testing/dags.ts'
import { mayCall } from './may-call.ts'

const step = (call?: string, rest = {}) =>
  aStep('go', { type: 'dag', ...(call === undefined ? {} : { call }), ...rest })

describe('what a host says that a step calls', () => {
  it.each([
    ['the DAG that it names', step('kid'), { target: 'kid' }, true],
    ['another DAG', step('kid'), { target: 'deploy' }, false],
    ['a file in place of the DAG', step('kid'), { target: 'kid', text: 'steps: []' }, false],
    ['text of the file that it names', step('./kid.yaml'), { target: './kid.yaml', text: 'steps: []' }, true],
    ['text of another file', step('./kid.yaml'), { target: './x.yaml', text: 'steps: []' }, false],
    ['what a reference came to', step('jobs/$NAME'), { target: 'jobs/kid', text: 'steps: []' }, true],
    ['a file, where a reference came to a name', step('$NAME'), { target: 'kid', text: 'steps: []' }, false],
    ['anything, where the step calls nothing', step(), { target: 'kid' }, false],
    ['anything, of a step that is not there', undefined, { target: 'kid' }, false],
  ])('counts or not: %s', (_, of, said, counts) => {
    expect(mayCall(of, said)).toBe(counts)
  })
})

describe('a host that lies about a plain step', () => {
  it('starts no other run by it', () => {
    const kid = aDag([aStep('k')], { name: 'kid' })
    const lies = (target: string, text?: string) =>
      new Cluster(chain(['a'], { localDags: [kid] }), {
        calls: () => ({ target, params: ['X="1"'], ...(text === undefined ? {} : { text }) }),
      })
        .accept()
        .run()
    for (const cluster of [lies('kid'), lies('./evil.yaml', 'steps: [{ command: id }]')]) {
      expect(cluster.head.status).toBe('failed')
      expect(cluster.children.started).toEqual([])
      expect(cluster.commands.filter(({ type }) => type === 'resolve_call')).toEqual([])
    }
  })
})
