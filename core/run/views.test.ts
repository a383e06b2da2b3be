import { describe, expect, it } from 'vitest'
import { runDetails } from './details.ts'
import { line, logLines } from './event-log.ts'
import { runOutputs } from './outputs.ts'
import { type Delivered, endKey, NOTHING_DELIVERED, nextDue, pending } from './pending.ts'
import { summarise } from './summary.ts'
import { Cluster, runDag } from './testing/cluster.ts'
import { aDag, aStep, chain } from './testing/dags.ts'
import { upgrade } from './upgrade.ts'

const greeting = chain(
  [aStep('a', { id: 'first', commands: ['echo "hi $WHO"'], output: { kind: 'variable', name: 'MY_MSG' } }), 'b'],
  {
    handlers: { exit: aStep('cleanup'), failure: aStep('cry') },
    labels: ['team=x'],
  },
)
const preparation = { params: [{ name: 'WHO', value: 'kim' }], paramsDisplay: 'WHO=kim' }
const script = (step: string) =>
  step === 'a' ? { outputs: { MY_MSG: 'hi kim' } } : step === 'b' ? { exitCode: 3, error: 'exit status 3' } : {}
const finished = () => runDag(greeting, { script, preparation, spec: { labels: ['team=x'] } })

describe('run details', () => {
  it('have the members of the reference', () => {
    const { state, dag } = finished()
    expect(runDetails(state!, dag)).toMatchObject({
      name: 'test',
      dagRunId: 'r1',
      rootDAGRunName: 'test',
      rootDAGRunId: 'r1',
      sourceFileName: 'test',
      specFromFile: true,
      status: 2,
      statusLabel: 'failed',
      triggerType: 'manual',
      params: 'WHO=kim',
      startedAt: '1970-01-01T00:16:40Z',
      autoRetryCount: 0,
      autoRetryLimit: null,
      labels: ['team=x'],
      tags: ['team=x'],
      preconditions: [],
      nodes: [
        {
          step: {
            name: 'a',
            commands: [{ command: 'echo', args: ['hi $WHO'], line: 'echo "hi $WHO"' }],
            output: 'MY_MSG',
            preconditions: [],
          },
          status: 4,
          statusLabel: 'succeeded',
          doneCount: 1,
          retryCount: 0,
          subRuns: [],
          id: 'first',
          attempt: 1,
        },
        { status: 2, statusLabel: 'failed', error: 'exit status 3', exitCode: 3, host: 'host1' },
      ],
      onFailure: { step: { name: 'onFailure' }, status: 4 },
      onExit: { status: 4 },
    })
  })

  it('of a queued run say why, and have no worker', () => {
    const { state, dag } = new Cluster(greeting, { capacity: 0 }).accept()
    const details = runDetails(state!, dag)
    expect(details).toMatchObject({
      status: 5,
      startedAt: '',
      reason: 'no room',
      nodes: [{ startedAt: '-' }, {}],
      labels: null,
    })
    expect(details).not.toHaveProperty('workerId')
  })

  it('show a handler that did not run with status 0', () => {
    const { state, dag } = runDag(greeting)
    expect(runDetails(state!, dag)).toMatchObject({ onFailure: { status: 0 }, onExit: { status: 4 } })
  })

  it('show why a condition was not met', () => {
    const dag = aDag([aStep('a')], { preconditions: [{ condition: '${X:-a}', expected: 'b', negate: false }] })
    const unmet = {
      condition: '${X:-a}',
      expected: 'b',
      met: false,
      error: 'condition was not met: expected "b", got "a"',
    }
    const { state } = runDag(dag, { preparation: { conditions: [unmet] } })
    const { met: _met, ...shown } = unmet
    expect(runDetails(state!, dag)).toMatchObject({ statusLabel: 'aborted', preconditions: [shown] })
  })
})

describe('outputs', () => {
  it('are under their camel-cased keys, with the parameters as a JSON list', () => {
    const { state, dag } = finished()
    expect(runOutputs(state!, dag)).toEqual({
      metadata: {
        dagName: 'test',
        dagRunId: 'r1',
        attemptId: '000001',
        status: 'failed',
        completedAt: '1970-01-01T00:16:40Z',
        params: '["WHO=kim"]',
      },
      outputs: { myMsg: 'hi kim' },
    })
  })

  it('of a run that captured nothing are empty', () => {
    const { state, dag } = runDag(chain(['a']))
    expect(runOutputs(state!, dag)).toEqual({ metadata: {}, outputs: {} })
  })
})

describe('the summary', () => {
  it('counts steps that are over, and grows with the journal', () => {
    const { state, dag, journal } = finished()
    expect(summarise(state!, dag)).toMatchObject({
      total: 2,
      done: 2,
      rev: journal.length + 1,
      runner: 'host1',
      status: 'failed',
      reason: 'step b: exit status 3',
    })
  })
})

describe('what is owed', () => {
  it('is told to the Dag and to every host of the run until they have heard, and packed at last', () => {
    const cluster = runDag(chain(['a']))
    const { state, dag, now, head } = cluster
    const owed = (delivered: Partial<Delivered>) => {
      const known = { ...NOTHING_DELIVERED, ...delivered }
      const commands = pending(state!, dag, cluster.context(), known).map(command => command.type)
      return [commands, nextDue(state!, dag, now, known)]
    }
    const ended = new Set(head.runners.map(({ id }) => endKey(id, head)))
    expect(owed({})).toEqual([['send', 'tell_dag', 'pack'], now + 5000])
    expect(owed({ ended })).toEqual([['tell_dag', 'pack'], now + 5000])
    expect(owed({ told: head.tell })).toEqual([['send', 'pack'], now + 5000])
    expect(owed({ told: head.tell, ended })).toEqual([['pack'], null])
  })

  it('is nothing while a step simply runs', () => {
    const cluster = new Cluster(chain(['a']), { script: () => 'hang' }).accept().run()
    expect(pending(cluster.state!, cluster.dag, cluster.context())).toEqual([])
    expect(nextDue(cluster.state!, cluster.dag, cluster.now)).toBeNull()
  })

  it('is the plan with its context until the runner is heard', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    expect(pending(cluster.state!, cluster.dag, cluster.context())).toMatchObject([
      { type: 'send', frame: { context: { attempt: 1, uploadKey: 'k' }, plans: [{ plan: 'p1' }] } },
    ])
  })
})

describe('the event log', () => {
  it('has a line per thing that happened', () => {
    const { journal } = finished()
    const lines = journal.flatMap(text => logLines(JSON.parse(text)))
    expect(lines[0]).toMatch(/^time=1970-01-01T00:16:40.000Z level=INFO msg="run accepted" dag=test runId=r1/)
    expect(lines).toContainEqual(
      expect.stringContaining('level=ERROR msg="step failed" step=b attempt=1 exitCode=3 error="exit status 3"'),
    )
    expect(lines.at(-1)).toContain('level=ERROR msg="run failed"')
  })

  it('keeps every entry on one line', () => {
    expect(line(0, 'INFO', 'a b', { text: 'x\ny "z"', empty: '' })).toBe(
      'time=1970-01-01T00:00:00.000Z level=INFO msg="a b" text="x\\ny \\"z\\""',
    )
  })
})

type Json = Record<string, unknown>

describe('stored versions', () => {
  const ladder = {
    1: { checkpoint: (stored: Json) => ({ ...stored, two: true }), changes: (stored: Json) => stored },
  }
  it('are lifted rung by rung', () => {
    expect(upgrade('checkpoint', 1, { one: true }, ladder, 2)).toEqual({ one: true, two: true })
  })

  it('are refused when no rung leads up, or when they are from the future', () => {
    expect(() => upgrade('changes', 1, {}, {}, 2)).toThrow(/no step from 1 to 2/)
    expect(() => upgrade('changes', 3, {}, ladder, 2)).toThrow(/newer/)
  })
})
