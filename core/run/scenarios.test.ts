import { describe, expect, it } from 'vitest'
import { encodeCheckpoint, loadRun } from './checkpoint.ts'
import { type Cluster, runDag } from './testing/cluster.ts'
import { aDag, aStep, chain, continueOn, repeatPolicy, retryPolicy } from './testing/dags.ts'

const exits = (codes: Record<string, number | number[]>) => (step: string, attempt: number) => {
  const code = codes[step]
  return { exitCode: Array.isArray(code) ? (code[attempt - 1] ?? 0) : (code ?? 0) }
}

const outcome = (cluster: Cluster) => ({ status: cluster.head.status, steps: cluster.statuses })

describe('steps', () => {
  it('runs a chain in order in one plan', () => {
    const cluster = runDag(chain(['a', 'b', 'c']))
    expect(outcome(cluster)).toEqual({ status: 'succeeded', steps: { a: 'succeeded', b: 'succeeded', c: 'succeeded' } })
    expect(cluster.agent.starts).toEqual(['a#1', 'b#1', 'c#1'])
    expect(cluster.head.fence).toBe(1)
  })

  it('aborts the rest of a chain behind a failure', () => {
    const cluster = runDag(chain(['a', 'b', 'c', 'd']), { script: exits({ b: 3 }) })
    expect(outcome(cluster)).toEqual({
      status: 'failed',
      steps: { a: 'succeeded', b: 'failed', c: 'aborted', d: 'aborted' },
    })
  })

  it('lets unrelated branches of a graph go on behind a failure', () => {
    const steps = [
      aStep('one'),
      aStep('boom'),
      aStep('three', { depends: ['one'] }),
      aStep('four', { depends: ['three'] }),
    ]
    const cluster = runDag(aDag(steps), { script: exits({ boom: 1 }) })
    expect(outcome(cluster)).toEqual({
      status: 'failed',
      steps: { one: 'succeeded', boom: 'failed', three: 'succeeded', four: 'succeeded' },
    })
  })

  it('runs a diamond with its tip last and once', () => {
    const steps = [
      aStep('root'),
      aStep('l', { depends: ['root'] }),
      aStep('r', { depends: ['root'] }),
      aStep('tip', { depends: ['l', 'r'] }),
    ]
    const cluster = runDag(aDag(steps))
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.starts.filter(start => start.startsWith('tip'))).toHaveLength(1)
    expect(cluster.agent.starts.at(-1)).toBe('tip#1')
    expect(cluster.agent.peak).toBe(2)
  })

  it.each([
    [1, 1],
    [2, 2],
    [0, 6],
  ])('keeps to max_active_steps %i', (maxActiveSteps, peak) => {
    const steps = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => aStep(name))
    const cluster = runDag(aDag(steps, { maxActiveSteps }))
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.peak).toBe(peak)
  })

  it('keeps to the room that it was granted, and gives all of it back', () => {
    const cluster = runDag(aDag(['a', 'b', 'c', 'd', 'e'].map(name => aStep(name))), { capacity: 2 })
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.peak).toBe(2)
    expect(cluster.free).toBe(2)
  })

  it('skips what stands behind a skipped step and still succeeds', () => {
    const steps = [
      aStep('a'),
      aStep('b', { depends: ['a'] }),
      aStep('c', { depends: ['b'] }),
      aStep('e', { depends: ['a'] }),
    ]
    const cluster = runDag(aDag(steps), { script: step => (step === 'b' ? { outcome: 'skipped' } : {}) })
    expect(outcome(cluster)).toEqual({
      status: 'succeeded',
      steps: { a: 'succeeded', b: 'skipped', c: 'skipped', e: 'succeeded' },
    })
  })

  it('waits for the delay before it takes room', () => {
    const cluster = runDag(chain(['a'], { delaySec: 3 }))
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.head.startedAt).toBe(1_003_000)
  })
})

describe('continue_on', () => {
  const solid = aStep('solid')
  it.each([
    [
      'a tolerated failure and a success are a partial success',
      { failure: true },
      1,
      'partially_succeeded',
      'failed',
      'succeeded',
    ],
    ['a listed exit code is tolerated', { exitCodes: [2, 3] }, 3, 'partially_succeeded', 'failed', 'succeeded'],
    ['an unlisted exit code is not', { exitCodes: [2, 3] }, 4, 'failed', 'failed', 'aborted'],
    [
      'mark_success turns it into a success',
      { failure: true, markSuccess: true },
      1,
      'succeeded',
      'succeeded',
      'succeeded',
    ],
  ] as const)('%s', (_title, policy, code, status, shaky, after) => {
    const shakyStep = aStep('shaky', {
      continueOn: continueOn({ ...policy, exitCodes: [...('exitCodes' in policy ? policy.exitCodes : [])] }),
    })
    const cluster = runDag(chain([shakyStep, solid]), { script: exits({ shaky: code }) })
    expect(outcome(cluster)).toEqual({ status, steps: { shaky, solid: after } })
  })

  it('calls a run of nothing but tolerated failures failed', () => {
    const tolerant = { continueOn: continueOn({ failure: true }) }
    const cluster = runDag(chain([aStep('f1', tolerant), aStep('f2', tolerant)]), { script: exits({ f1: 1, f2: 2 }) })
    expect(outcome(cluster)).toEqual({ status: 'failed', steps: { f1: 'failed', f2: 'failed' } })
  })

  it('runs what stands behind a skipped step that continues', () => {
    const maybe = aStep('maybe', { continueOn: continueOn({ skipped: true }) })
    const cluster = runDag(chain(['one', maybe, 'last']), {
      script: step => (step === 'maybe' ? { outcome: 'skipped' } : {}),
    })
    expect(outcome(cluster)).toEqual({
      status: 'succeeded',
      steps: { one: 'succeeded', maybe: 'skipped', last: 'succeeded' },
    })
  })

  it('takes the word of the host for a match in the log', () => {
    const warns = aStep('warns', { continueOn: continueOn({ output: ['WARN'] }) })
    const cluster = runDag(chain([warns, 'after']), {
      script: step => (step === 'warns' ? { exitCode: 3, facts: { continueOnOutput: true } } : {}),
    })
    expect(cluster.head.status).toBe('partially_succeeded')
  })
})

describe('retry', () => {
  it('tries again until it succeeds, attempts growing', () => {
    const cluster = runDag(chain([aStep('flaky', { retryPolicy: retryPolicy({ limit: 5 }) }), 'next']), {
      script: exits({ flaky: [1, 1, 0] }),
    })
    expect(outcome(cluster)).toEqual({ status: 'succeeded', steps: { flaky: 'succeeded', next: 'succeeded' } })
    expect(cluster.agent.starts).toEqual(['flaky#1', 'flaky#2', 'flaky#3', 'next#1'])
  })

  it('makes limit + 1 attempts', () => {
    const cluster = runDag(chain([aStep('bad', { retryPolicy: retryPolicy({ limit: 2 }) })]), {
      script: exits({ bad: [1, 1, 1, 0] }),
    })
    expect(cluster.head.status).toBe('failed')
    expect(cluster.state!.steps.get('bad')).toMatchObject({ attempt: 3, retryCount: 2, doneCount: 1 })
  })

  it('grows its delays with backoff, capped', () => {
    const policy = retryPolicy({ limit: 4, intervalSec: 1, backoff: 2, maxIntervalSec: 3 })
    const cluster = runDag(chain([aStep('bad', { retryPolicy: policy })]), { script: exits({ bad: [1, 1, 1, 1, 1] }) })
    expect(cluster.now - 1_000_000).toBe((1 + 2 + 3 + 3) * 1000)
  })

  it('is for listed exit codes only', () => {
    const policy = retryPolicy({ limit: 3, exitCodes: [42] })
    const cluster = runDag(chain([aStep('picky', { retryPolicy: policy })]), { script: exits({ picky: [42, 100] }) })
    expect(cluster.state!.steps.get('picky')).toMatchObject({ status: 'failed', attempt: 2 })
  })

  it('does not retry a timeout', () => {
    const slow = aStep('slow', { retryPolicy: retryPolicy({ limit: 5 }), timeoutSec: 1 })
    const cluster = runDag(chain([slow]), { script: () => ({ outcome: 'timed_out' }) })
    expect(cluster.state!.steps.get('slow')).toMatchObject({ status: 'failed', attempt: 1, exitCode: 124 })
  })

  it('uses limits that the host has evaluated', () => {
    const bad = aStep('bad', { retryPolicy: retryPolicy({ limit: '$TRIES', intervalSec: '$PAUSE' }) })
    const cluster = runDag(chain([bad]), {
      script: () => ({ exitCode: 1, facts: { retryLimit: 2, retryIntervalSec: 0 } }),
    })
    expect(cluster.state!.steps.get('bad')?.attempt).toBe(3)
  })

  it('gives up its room for a pause of 10 s or more', () => {
    const cluster = runDag(chain([aStep('bad', { retryPolicy: retryPolicy({ limit: 1, intervalSec: 10 }) })]), {
      script: exits({ bad: [1, 0] }),
    })
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.commands.filter(command => command.type === 'acquire_room')).toHaveLength(1)
  })
})

describe('repeat', () => {
  const loop = (rest: Parameters<typeof repeatPolicy>[0], more = {}) =>
    chain([aStep('loop', { repeatPolicy: repeatPolicy(rest), ...more }), 'after'])
  it('repeats up to limit executions in all', () => {
    const cluster = runDag(loop({ limit: 3 }))
    expect(cluster.agent.starts).toEqual(['loop#1', 'loop#2', 'loop#3', 'after#1'])
  })

  it('ends an unconditional loop with the first failure, which fails the step', () => {
    const cluster = runDag(loop({}), { script: exits({ loop: [0, 0, 1] }) })
    expect(outcome(cluster)).toEqual({ status: 'failed', steps: { loop: 'failed', after: 'aborted' } })
  })

  it('repeats a failing execution with a listed exit code', () => {
    const cluster = runDag(loop({ exitCodes: [1], limit: 5 }), { script: exits({ loop: [1, 1, 0] }) })
    expect(cluster.state!.steps.get('loop')).toMatchObject({ status: 'succeeded', doneCount: 3 })
  })

  it('loops until the condition is met', () => {
    const condition = { condition: '$COUNTER', expected: '3', negate: false }
    const script = (step: string, attempt: number) =>
      step === 'loop' ? { facts: { repeatCondition: attempt === 3 ? ('met' as const) : ('unmet' as const) } } : {}
    const cluster = runDag(loop({ mode: 'until', condition, intervalSec: 2, backoff: 2 }), { script })
    expect(cluster.state!.steps.get('loop')).toMatchObject({ status: 'succeeded', attempt: 3 })
    expect(cluster.now - 1_000_000).toBe((4 + 8) * 1000)
  })

  it('counts a retried failure inside a loop as no execution of its own', () => {
    const cluster = runDag(loop({ limit: 3 }, { retryPolicy: retryPolicy({ limit: 2 }) }), {
      script: exits({ loop: [0, 1, 0, 0] }),
    })
    expect(cluster.state!.steps.get('loop')).toMatchObject({
      status: 'succeeded',
      attempt: 4,
      doneCount: 3,
      retryCount: 1,
    })
  })

  it('fails where its condition cannot be evaluated', () => {
    const condition = { condition: '`x', negate: false }
    const cluster = runDag(loop({ mode: 'until', condition }), {
      script: () => ({ facts: { repeatCondition: 'error' } }),
    })
    expect(cluster.head.status).toBe('failed')
  })
})

describe('handlers', () => {
  const handlers = Object.fromEntries(
    (['init', 'success', 'failure', 'abort', 'exit', 'wait'] as const).map(kind => [kind, aStep(kind)]),
  )
  const run = (codes: Record<string, number>, more = {}, steps = [aStep('work')]) => {
    const seen: string[] = []
    const script = (step: string, _attempt: number, env: Record<string, string>) => {
      if (env['DAG_RUN_STATUS']) seen.push(`${step}:${env['DAG_RUN_STATUS']}`)
      return { exitCode: codes[step] ?? 0 }
    }
    const cluster = runDag(aDag(steps, { handlers }), { script, ...more })
    return { cluster, seen }
  }

  it.each([
    ['success and exit', {}, 'succeeded', ['onInit:running', 'onSuccess:succeeded', 'onExit:succeeded']],
    ['failure and exit', { work: 1 }, 'failed', ['onInit:running', 'onFailure:failed', 'onExit:failed']],
    [
      'a failing success handler: exit sees failed',
      { onSuccess: 1 },
      'failed',
      ['onInit:running', 'onSuccess:succeeded', 'onExit:failed'],
    ],
    ['a failing exit handler', { onExit: 1 }, 'failed', ['onInit:running', 'onSuccess:succeeded', 'onExit:succeeded']],
    [
      'a failing init handler aborts',
      { onInit: 1 },
      'aborted',
      ['onInit:running', 'onAbort:aborted', 'onExit:aborted'],
    ],
  ])('runs %s', (_title, codes, status, expected) => {
    const { cluster, seen } = run(codes)
    expect(cluster.head.status).toBe(status)
    expect(seen).toEqual(expected)
  })

  it('leaves steps untouched when the init handler fails', () => {
    expect(run({ onInit: 1 }).cluster.statuses['work']).toBeUndefined()
  })

  it('goes on when the init handler is skipped', () => {
    const cluster = runDag(aDag([aStep('work')], { handlers }), {
      script: step => (step === 'onInit' ? { outcome: 'skipped' } : {}),
    })
    expect(outcome(cluster)).toMatchObject({ status: 'succeeded', steps: { onInit: 'skipped', work: 'succeeded' } })
  })

  it('aborts without init or steps when a precondition of the DAG is not met', () => {
    const { cluster, seen } = run({}, { preparation: { conditions: [{ condition: 'x', met: false }] } })
    expect(cluster.head.status).toBe('aborted')
    expect(seen).toEqual(['onAbort:aborted', 'onExit:aborted'])
    expect(cluster.statuses['work']).toBeUndefined()
  })

  it('fails when the run cannot be prepared', () => {
    const { cluster, seen } = run({}, { preparation: { error: 'circle in env' } })
    expect(cluster.head.status).toBe('failed')
    expect(seen).toEqual(['onFailure:failed', 'onExit:failed'])
  })

  it('retries a handler as its policy says', () => {
    const dag = aDag([aStep('work')], {
      handlers: { exit: aStep('exit', { retryPolicy: retryPolicy({ limit: 1, intervalSec: 5 }) }) },
    })
    const cluster = runDag(dag, { script: exits({ onExit: [1, 0] }) })
    expect(outcome(cluster)).toMatchObject({ status: 'succeeded', steps: { onExit: 'succeeded' } })
  })

  it('parks in waiting with the wait handler run and no exit handler', () => {
    const steps = [
      aStep('review', { approval: { prompt: '', input: [], required: [] } }),
      aStep('after', { depends: ['review'] }),
    ]
    const { cluster, seen } = run({ onWait: 1 }, {}, steps)
    expect(outcome(cluster)).toMatchObject({ status: 'waiting', steps: { review: 'waiting', onWait: 'failed' } })
    expect(seen).toEqual(['onInit:running', 'onWait:waiting'])
    expect(cluster.free).toBe(100)
  })
})

describe('journal', () => {
  it('loads to the very same state, from any checkpoint', () => {
    const dag = aDag(
      [aStep('a'), aStep('b', { depends: ['a'], retryPolicy: retryPolicy({ intervalSec: 3 }) }), aStep('c')],
      { handlers: { exit: aStep('x') } },
    )
    const cluster = runDag(dag, { script: exits({ b: [1, 0] }) })
    const whole = encodeCheckpoint(cluster.state!)
    for (let at = 0; at <= cluster.journal.length; at += 1) {
      const checkpoint = at === 0 ? null : encodeCheckpoint(loadRun(null, cluster.journal.slice(0, at))!)
      expect(JSON.parse(encodeCheckpoint(loadRun(checkpoint, cluster.journal.slice(at))!))).toEqual(JSON.parse(whole))
    }
  })
})
