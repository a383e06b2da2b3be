import { describe, expect, it } from 'vitest'
import { AUTO } from '../schedule/auto-retry.ts'
import type { Dag, MailSettings } from '../spec/dag.ts'
import { begun, lastFrame } from './testing/begun.ts'
import { Cluster, runDag } from './testing/cluster.ts'
import { aDag, aStep, chain } from './testing/dags.ts'
import type { Script } from './testing/ideal-agent.ts'

const TO = { from: 'a@x.test', to: ['b@x.test'], prefix: '[P]', attachLogs: false }
const mail = (on: Partial<MailSettings['on']>): Partial<Dag> => ({
  mail: { on: { success: false, failure: false, wait: false, ...on }, error: TO, info: TO, wait: TO },
})
const ALL = mail({ success: true, failure: true, wait: true })

const fails =
  (...names: string[]): Script =>
  step => ({ exitCode: names.includes(step) ? 1 : 0 })

/** Attempts of mail nodes, in order. */
const sent = (cluster: Cluster) => cluster.agent.starts.filter(start => start.startsWith('mail'))

describe('the mail about the end of a run', () => {
  it.each([
    ['a success', ALL, [], ['mailOnSuccess#1'], 'succeeded'],
    ['a failure', ALL, ['b'], ['mailOnFailure#1'], 'failed'],
    ['a handler that fails what had succeeded', ALL, ['onExit'], ['mailOnFailure#1'], 'failed'],
    ['a failure that nobody wants to hear of', mail({ success: true }), ['b'], [], 'failed'],
  ])('is sent once, after the handlers: %s', (_, settings, broken, expected, status) => {
    const dag = chain(['a', 'b'], { ...settings, handlers: { exit: aStep('onExit') } })
    const cluster = runDag(dag, { script: fails(...broken) })
    expect(sent(cluster)).toEqual(expected)
    expect(cluster.agent.starts.at(-1)).toBe(expected[0] ?? 'onExit#1')
    expect(cluster.head.status).toBe(status)
  })

  it('tells of the steps as they are when it is sent', () => {
    const cluster = begun(chain(['a', 'b'], ALL), { script: fails('b') })
    cluster.run()
    const plans = cluster.commands.flatMap(command => (command.type === 'send' ? (command.frame.plans ?? []) : []))
    const item = plans.flatMap(plan => plan.items).find(each => each.kind === 'step' && each.mail !== undefined)
    expect(item).toMatchObject({
      step: 'mailOnFailure',
      env: { DAG_RUN_STATUS: 'failed' },
      mail: {
        status: 'failed',
        about: 'failed',
        steps: [
          { name: 'a', status: 'succeeded' },
          { name: 'b', status: 'failed' },
        ],
      },
    })
    // It is derived, not stored.
    expect(cluster.journal.join('\n')).not.toContain('"about"')
  })

  it('changes nothing about the run when it cannot be sent, and says so itself', () => {
    const cluster = runDag(chain(['a'], ALL), { script: fails('mailOnSuccess') })
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.statuses).toEqual({ a: 'succeeded', mailOnSuccess: 'failed' })
  })

  it('is tried again when it is known not to have been sent, for a reason that may pass', () => {
    const script: Script = (step, attempt) => ({ exitCode: step === 'mailOnSuccess' && attempt < 3 ? 75 : 0 })
    expect(sent(runDag(chain(['a'], ALL), { script }))).toEqual([
      'mailOnSuccess#1',
      'mailOnSuccess#2',
      'mailOnSuccess#3',
    ])
  })

  it('is lost with its host, and not sent a second time', () => {
    const script: Script = step => (step === 'mailOnSuccess' ? 'hang' : {})
    const cluster = new Cluster(chain(['a'], ALL), { script }).accept()
    cluster.run()
    expect(sent(cluster)).toEqual(['mailOnSuccess#1'])
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    cluster.run()
    expect(sent(cluster)).toEqual([])
    expect(cluster.head).toMatchObject({ phase: 'ended', status: 'succeeded' })
    expect(cluster.state!.steps.get('mailOnSuccess')).toMatchObject({ status: 'failed', lost: true })
  })

  it('is sent again when its plan is known never to have arrived', () => {
    const cluster = new Cluster(chain(['a'], ALL)).accept()
    while (cluster.head.phase !== 'handlers') cluster.tick()
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    expect(lastFrame(cluster)).toBeDefined()
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(sent(cluster).length).toBeLessThanOrEqual(1)
  })

  it('is sent for each attempt of the run; a failure that the DAG retries by itself is told after the last try', () => {
    const retryPolicy = { limit: 1, intervalSec: 1, maxIntervalSec: 1 }
    const cluster = runDag(chain(['a'], { ...ALL, retryPolicy }), { script: fails('a') })
    expect(sent(cluster)).toEqual([])
    cluster.event({ type: 'retry_requested', by: AUTO })
    cluster.run()
    expect(sent(cluster)).toEqual(['mailOnFailure#1'])
    cluster.event({ type: 'retry_requested', by: 'kim' })
    cluster.run()
    expect(sent(cluster)).toEqual(['mailOnFailure#1', 'mailOnFailure#2'])
  })

  it('is not sent when somebody stops the run', () => {
    const cluster = begun(chain(['a', 'b'], ALL), { script: (step => (step === 'b' ? 'hang' : {})) as Script })
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.run()
    expect(cluster.head.status).toBe('aborted')
    expect(sent(cluster)).toEqual([])
  })
})

describe('other mails of a run', () => {
  it('tells of steps with mail_on_error that have failed, in one mail before the handlers', () => {
    const steps = [aStep('a', { mailOnError: true }), aStep('b', { mailOnError: true }), aStep('c')]
    const dag = aDag(steps, { ...mail({}), handlers: { failure: aStep('onFailure') } })
    const cluster = runDag(dag, { script: fails('a', 'b', 'c') })
    expect(cluster.agent.starts.slice(3)).toEqual(['mailOnError#1', 'onFailure#1'])
    expect(sent(runDag(dag, { script: fails('c') }))).toEqual([])
  })

  it('tells that the run waits, each time anew', () => {
    const gate = aStep('gate', { approval: { prompt: '', input: [], required: [] } })
    const cluster = runDag(chain([gate, 'b'], ALL))
    expect(cluster.head.status).toBe('waiting')
    expect(sent(cluster)).toEqual(['mailOnWait#1'])
    cluster.event({ type: 'decided', by: 'kim', step: 'gate', decision: 'push_back', inputs: {} })
    cluster.run()
    expect(sent(cluster)).toEqual(['mailOnWait#1', 'mailOnWait#2'])
    cluster.event({ type: 'decided', by: 'kim', step: 'gate', decision: 'approve', inputs: {} })
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(sent(cluster)).toEqual(['mailOnWait#1', 'mailOnWait#2', 'mailOnSuccess#1'])
  })

  it('leaves a step of the same name alone', () => {
    const cluster = runDag(chain(['mailOnSuccess'], ALL))
    expect(cluster.head.status).toBe('succeeded')
    expect(sent(cluster)).toEqual(['mailOnSuccess#1'])
  })
})
