import { describe, expect, it } from 'vitest'
import { checkDecision } from './check-decision.ts'
import type { Decision } from './events.ts'
import { Cluster } from './testing/cluster.ts'
import { aDag, aStep, chain } from './testing/dags.ts'

const dag = chain([
  'build',
  aStep('gate', { id: 'g', approval: { prompt: '', input: ['WHO', 'PATH'], required: ['WHO'] } }),
  'ship',
])
const waiting = () => new Cluster(dag).accept().run()
const approve = (inputs: Record<string, string>): Decision => ({ decision: 'approve', inputs })
const check = (cluster: Cluster, step: string, decision: Decision, iteration?: number) =>
  checkDecision(cluster.state!, dag, step, decision, iteration)

describe('a decision', () => {
  it.each<[string, string, Decision, string, RegExp]>([
    ['an unknown step', 'nope', approve({}), 'not_found', /step nope not found/],
    [
      'a step that has run',
      'build',
      approve({}),
      'bad_request',
      /build is not waiting for approval \(status: succeeded\)/,
    ],
    ['a step before its turn', 'ship', approve({}), 'bad_request', /status: not_started/],
    ['a missing input', 'gate', approve({}), 'bad_request', /missing required inputs: \[WHO\]/],
    ['a blank input', 'gate', approve({ WHO: '  ' }), 'bad_request', /missing required inputs: \[WHO\]/],
    ['a name of the engine', 'gate', approve({ WHO: 'k', DAG_NAME: 'x' }), 'bad_request', /"DAG_NAME" cannot be given/],
    ['a name that would bring code', 'gate', approve({ WHO: 'k', BASH_ENV: '/x' }), 'bad_request', /"BASH_ENV" cannot/],
    ['no name of a variable', 'gate', approve({ WHO: 'k', 'a b': '' }), 'bad_request', /"a b" cannot be given/],
    ['too much', 'gate', approve({ WHO: 'ä'.repeat(9_000) }), 'bad_request', /at most 16384 are accepted/],
  ])('about %s is refused', (_what, step, decision, code, message) => {
    const answer = check(waiting(), step, decision)
    expect(answer).toMatchObject({ ok: false, error: { code } })
    expect(answer.ok ? '' : answer.error.message).toMatch(message)
  })

  it.each([
    ['by name', 'gate', { WHO: 'kim' }],
    ['by id', 'g', { WHO: 'kim' }],
    ['with inputs that are not declared', 'gate', { WHO: 'kim', NOTE: 'x' }],
    ['with a powerful name that its author asks for', 'gate', { WHO: 'kim', PATH: '/bin' }],
  ])('is taken %s', (_how, step, inputs) => {
    expect(check(waiting(), step, approve(inputs))).toEqual({ ok: true, value: 'gate' })
  })

  it('asks for nothing to reject or push back', () => {
    expect(check(waiting(), 'gate', { decision: 'reject', reason: '' }).ok).toBe(true)
    expect(check(waiting(), 'gate', { decision: 'push_back', inputs: {} }).ok).toBe(true)
  })

  it.each<[string, Decision, string]>([
    ['approved', approve({ WHO: 'k' }), 'approve'],
    ['rejected', { decision: 'reject', reason: 'no' }, 'reject'],
  ])('that comes second hears who has %s it before, and when', (word, first, decision) => {
    const cluster = waiting()
    cluster.event({ type: 'decided', by: 'kim', step: 'gate', ...first })
    const answer = check(cluster, 'gate', approve({ WHO: 'lee' }))
    expect(answer).toMatchObject({ ok: false, error: { code: 'conflict', decided: { decision, by: 'kim' } } })
    expect(answer.ok ? '' : answer.error.message).toMatch(new RegExp(`gate was ${word} by kim at \\d{4}-`))
  })

  it('made on a page that does not know of a push-back is refused, and one that does is taken', () => {
    const cluster = waiting()
    cluster.event({ type: 'decided', by: 'kim', step: 'gate', decision: 'push_back', inputs: {} })
    expect(check(cluster, 'gate', approve({ WHO: 'x' }))).toMatchObject({
      error: { decided: { decision: 'push_back' } },
    })
    cluster.run()
    expect(check(cluster, 'gate', approve({ WHO: 'x' }), 0)).toMatchObject({ error: { code: 'conflict' } })
    expect(check(cluster, 'gate', approve({ WHO: 'x' }), 1).ok).toBe(true)
  })

  describe('beside a push-back of another step', () => {
    const ask = { prompt: '', input: [], required: [] }
    const two = aDag([
      aStep('start'),
      aStep('slow', { depends: ['start'] }),
      aStep('first', { depends: ['start'], approval: { ...ask, rewindTo: 'start' } }),
      aStep('second', { depends: ['start'], approval: ask }),
      aStep('apart', { approval: ask }),
    ])
    const pushedBack = (slow: 'hang' | object) => {
      const cluster = new Cluster(two, {
        script: (step, attempt) => (step === 'slow' && attempt === 1 && slow === 'hang' ? 'hang' : {}),
      })
      cluster.accept().run()
      if (slow === 'hang') cluster.online = 'nobody'
      cluster.event({ type: 'decided', by: 'kim', step: 'first', decision: 'push_back', inputs: {} })
      return cluster.run()
    }

    it.each<[Decision, string, RegExp]>([
      [approve({}), 'second', /step first was pushed back by kim at .*, and step second runs again with it/],
      [{ decision: 'reject', reason: '' }, 'second', /and step second runs again with it/],
      [{ decision: 'push_back', inputs: {} }, 'apart', /still ending what ran; push apart back when it is done/],
    ])('that is under way %j about %s is refused', (decision, step, message) => {
      const answer = checkDecision(pushedBack('hang').state!, two, step, decision)
      expect(answer).toMatchObject({ error: { code: 'conflict', decided: { decision: 'push_back', by: 'kim' } } })
      expect(answer.ok ? '' : answer.error.message).toMatch(message)
    })

    it('that has run it again, of a page from before is refused', () => {
      const { state } = pushedBack({})
      expect(state!.steps.get('second')!.status).toBe('waiting')
      expect(checkDecision(state!, two, 'second', approve({}), 0)).toMatchObject({ error: { code: 'conflict' } })
      expect(checkDecision(state!, two, 'second', approve({}), 1).ok).toBe(true)
      expect(checkDecision(state!, two, 'apart', approve({}), 0).ok).toBe(true)
    })
  })

  it('is refused while the run is being stopped', () => {
    const cluster = waiting()
    cluster.event({ type: 'decided', by: 'kim', step: 'gate', ...approve({ WHO: 'k' }) })
    const slow = new Cluster(dag, { script: step => (step === 'x' ? 'hang' : {}) }).accept().run()
    slow.state!.head.stop = { id: 's', by: 'kim', at: 0, reason: 'user', plans: [], answered: false }
    expect(check(slow, 'gate', approve({ WHO: 'k' }))).toMatchObject({ error: { message: 'the run is being stopped' } })
  })
})
