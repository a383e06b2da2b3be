import { describe, expect, it } from 'vitest'
import { importedSteps, planImports } from './imports.ts'
import { Cluster } from './testing/cluster.ts'
import { aDag, aStep, chain } from './testing/dags.ts'
import type { Script } from './testing/ideal-agent.ts'

describe('a retry from a step', () => {
  it('runs the step and all behind it, whatever they were, and nothing else', () => {
    const dag = aDag([
      aStep('a'),
      aStep('b', { depends: ['a'] }),
      aStep('c', { depends: ['b'] }),
      aStep('other', { depends: ['a'] }),
    ])
    const cluster = new Cluster(dag).accept().run()
    expect(cluster.head.status).toBe('succeeded')
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'b', onward: true })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(cluster.agent.starts.slice(4)).toEqual(['b#2', 'c#2'])
  })

  it('runs a step whose predecessor had failed, and leaves out what needs another that is not part of it', () => {
    const script: Script = (step, attempt) => ((step === 'a' || step === 'x') && attempt === 1 ? { exitCode: 1 } : {})
    const dag = aDag([
      aStep('a'),
      aStep('x'),
      aStep('b', { depends: ['a'] }),
      aStep('join', { depends: ['b', 'x'] }),
      aStep('c', { depends: ['b'] }),
    ])
    const cluster = new Cluster(dag, { script }).accept().run()
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'b', onward: true })
    cluster.run()
    expect(cluster.statuses).toEqual({ a: 'failed', x: 'failed', b: 'succeeded', join: 'aborted', c: 'succeeded' })
    expect(cluster.head.status).toBe('failed')
  })

  it('does not start what had not started and is not behind it', () => {
    const dag = aDag([aStep('a'), aStep('b', { depends: ['a'] }), aStep('z', { depends: ['a'] })])
    const failing: Script = (step, attempt) => (step === 'a' && attempt === 1 ? { exitCode: 1 } : {})
    const cluster = new Cluster(dag, { script: failing }).accept().run()
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'b', onward: true })
    cluster.run()
    expect(cluster.agent.starts).toEqual(['a#1', 'b#1'])
  })
})

describe('cancelling the automatic retry of a failed run', () => {
  it('makes it aborted and keeps its steps; a run that did not fail stays as it is', () => {
    const failed = new Cluster(chain(['a']), { script: () => ({ exitCode: 1 }) }).accept().run()
    failed.event({ type: 'retry_cancelled', by: 'kim' })
    expect(failed.head.status).toBe('aborted')
    expect(failed.statuses).toEqual({ a: 'failed' })
    const good = new Cluster(chain(['a'])).accept().run()
    good.event({ type: 'retry_cancelled', by: 'kim' })
    expect(good.head.status).toBe('succeeded')
  })
})

describe('taking steps over from a former run', () => {
  const script: Script = step =>
    step === 'test' ? { exitCode: 1 } : { outputs: { [step.toUpperCase()]: `of ${step}` } }
  const before = chain([aStep('build', { commands: ['make'] }), aStep('pack', { commands: ['tar'] }), aStep('test')])
  const former = () => new Cluster(before, { script }).accept().run()

  it('leaves out what succeeded and is written as it was, with all before it', () => {
    const next = chain([
      aStep('build', { commands: ['make'], description: 'said otherwise' }),
      aStep('pack', { commands: ['tar', 'gzip'] }),
      aStep('test'),
      aStep('new'),
    ])
    const plan = planImports(former().state!, before, next)
    expect(plan).toMatchObject({ skipped: ['build'], optional: ['pack'] })
    expect(plan.ineligible.map(({ stepName }) => stepName)).toEqual(['test', 'new'])
    expect(plan.ineligible[0]!.reason).toMatch(/has not succeeded in the former run \(failed\)/)
  })

  it('says of a step that stands behind a changed one that it runs again, unless that is left out too', () => {
    const next = chain([aStep('build', { commands: ['make all'] }), aStep('pack', { commands: ['tar'] })])
    const { state } = former()
    expect(planImports(state!, before, next)).toMatchObject({
      skipped: [],
      optional: ['build'],
      ineligible: [{ stepName: 'pack', reason: 'it depends on build, which runs again' }],
    })
    expect(planImports(state!, before, next, new Set(['build']))).toMatchObject({
      skipped: ['pack'],
      optional: ['build'],
    })
  })

  it('gives later steps the outputs, and runs only the rest', () => {
    const imports = importedSteps(former().state!, ['build', 'pack', 'nope', 'test'])
    expect(imports.map(({ name }) => name)).toEqual(['build', 'pack'])
    const cluster = new Cluster(before, { spec: { imports: { runId: 'r0', steps: ['build', 'pack'] } } })
    cluster.accept(imports).run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.starts).toEqual(['test#1'])
    expect(cluster.agent.contexts[0]!.results).toMatchObject({ build: { outputs: { BUILD: 'of build' } } })
    expect(cluster.state!.steps.get('pack')).toMatchObject({ status: 'succeeded', attempt: 0, imported: 'r0' })
  })
})
