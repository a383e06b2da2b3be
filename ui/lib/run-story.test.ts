import { expect, test } from 'vitest'
import { nodeOf, runOf, stepOf } from '../api/testing/answers.ts'
import type { RunDetails, RunNode } from '../api/types.ts'
import { countWords, defaultStep, describeStep, failureReason, progress, shortReason, tellRun } from './run-story.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const node = (name: string, statusLabel: string, more: Partial<RunNode> = {}): RunNode =>
  nodeOf(name, statusLabel, { startedAt: statusLabel === 'not_started' ? '' : '2026-11-21T11:59:00Z', ...more })
const run = (statusLabel: string, nodes: RunNode[], more: Partial<RunDetails> = {}): RunDetails =>
  runOf(statusLabel, {
    startedAt: '2026-11-21T11:58:00Z',
    finishedAt: statusLabel === 'running' ? '' : '2026-11-21T11:59:00Z',
    nodes,
    ...more,
  })
const ok = node('a', 'succeeded')

test('a failed run that its DAG retries counts down to that', () => {
  const failed = run('failed', [node('a', 'failed', { exitCode: 1 })], {
    autoRetryCount: 1,
    autoRetryLimit: 3,
    nextRetryAt: '2026-11-21T12:01:12Z',
  })
  expect(tellRun(failed, NOW).next).toBe('Retried by itself in 1 min 12 s (2 of 3).')
  expect(tellRun(failed, NOW + 90_000).next).toBe('Retried by itself in a moment (2 of 3).')
})

test('a step that calls many runs says how many of them are done; a list does not name them all', () => {
  const many = node('many', 'running', {
    subRunCounts: { total: 1000, repeated: 0, succeeded: 510, failed: 5, running: 20, not_started: 465 },
  })
  expect(tellRun(run('running', [ok, many]), NOW).sentence).toMatch(
    /^Running many \(515 of 1000 called runs done\): 1 of 2 steps done/,
  )
  expect(shortReason('step many: 2 of 9 child runs of DAG one did not succeed: a, b')).toBe(
    'step many: 2 of 9 child runs of DAG one did not succeed',
  )
})

test.each<[string, RunDetails, string]>([
  [
    'a failure names step, attempt, time and exit code',
    run('failed', [ok, node('load', 'failed', { exitCode: 3, attempt: 3, error: 'exit status 3' })]),
    'Failed at load on attempt 3 after 1 min 00 s: exit code 3.',
  ],
  [
    'a failure before any step gives the reason of the run',
    run('failed', [], { error: 'dotenv file not found' }),
    'Failed after 1 min 00 s: dotenv file not found.',
  ],
  [
    'a lost step counts as the failure',
    run('failed', [node('b', 'lost', { reason: 'runner build-01 is offline' })]),
    'Failed at b after 1 min 00 s: runner build-01 is offline.',
  ],
  [
    'a running run counts its steps',
    run('running', [ok, node('b', 'running')]),
    'Running b: 1 of 2 steps done, 2 min 00 s so far.',
  ],
  [
    'a retrying step says what it waits for',
    run('running', [node('b', 'retrying', { exitCode: 7, attempt: 1, reason: 'goes on at 2026-11-21T12:01:10Z' })]),
    '0 of 1 step done, 2 min 00 s so far. b failed (exit code 7) and starts again in 1 min 10 s, as attempt 2.',
  ],
  [
    'a failure is told while others still run',
    run('running', [node('x', 'failed', { exitCode: 1 }), node('b', 'running')]),
    'Running b: 1 of 2 steps done, 2 min 00 s so far. x has failed: exit code 1.',
  ],
  [
    'a queued run says why',
    run('queued', [], { startedAt: '', finishedAt: '', reason: 'queue batch is full (3 of 3), position 2' }),
    'Queued: queue batch is full (3 of 3), position 2.',
  ],
  [
    'a waiting run names its gate',
    run('waiting', [
      node('approve', 'waiting', {
        step: stepOf('approve', { approval: { prompt: 'Send it?', input: [], required: [] } }),
      }),
    ]),
    'Waiting for an approval: approve.',
  ],
  ['success is short', run('succeeded', [ok, ok]), 'All 2 steps succeeded in 1 min 00 s.'],
  [
    'skipped steps are counted apart',
    run('succeeded', [ok, node('b', 'skipped')]),
    'The one step succeeded in 1 min 00 s, 1 skipped by precondition.',
  ],
  [
    'a partial success names what failed',
    run('partially_succeeded', [ok, node('b', 'failed')]),
    'Finished in 1 min 00 s, but b failed; the DAG allows that.',
  ],
  [
    'a stopped run names the step that was cut off',
    run('aborted', [node('b', 'aborted')]),
    'Stopped after 1 min 00 s during b.',
  ],
  [
    'an unmet precondition is the reason of an abort',
    run('aborted', [], { preconditions: [{ condition: 'x', error: 'condition was not met' }] }),
    'Stopped after 1 min 00 s: condition was not met.',
  ],
])('%s', (_, given, sentence) => {
  expect(tellRun(given, NOW).sentence).toBe(sentence)
})

test.each<[RunDetails, string | undefined]>([
  [run('failed', [ok, node('b', 'failed'), node('c', 'running')]), 'b'],
  [run('running', [ok, node('b', 'running')]), 'b'],
  [run('succeeded', [ok, node('b', 'succeeded')]), 'b'],
  [run('queued', [node('a', 'not_started'), node('b', 'not_started')]), 'a'],
  [run('failed', [ok], { onFailure: node('onFailure', 'failed') }), 'onFailure'],
  [run('failed', []), undefined],
])('the step that matters most is shown first', (given, step) => {
  expect(defaultStep(given)).toBe(step)
})

test('handlers are not counted as steps', () => {
  expect(progress(run('running', [ok, node('b', 'running')], { onExit: node('onExit', 'running') }))).toEqual({
    done: 1,
    total: 2,
  })
})

test('a finished run counts by outcome', () => {
  expect(countWords(run('failed', [ok, node('b', 'failed'), node('c', 'not_started')]))).toBe(
    '1 succeeded, 1 failed, 1 not started',
  )
})

test.each([
  [{ exitCode: 2, error: 'exit status 2' }, 'exit code 2'],
  [{ exitCode: 124, error: 'timed out after 5 s' }, 'exit code 124, timed out after 5 s'],
  [{ error: 'command not found' }, 'command not found'],
  [{ exitCode: -1, error: 'stopped' }, 'stopped'],
  [
    {
      exitCode: 1,
      error: '2 of 9 child runs of DAG x did not succeed: aBc failed',
      subRunCounts: { total: 9, repeated: 0, succeeded: 7 },
    },
    '2 of 9 called runs did not succeed',
  ],
  [{}, 'no reason was reported'],
])('%j reads %s', (more, text) => {
  expect(failureReason(node('x', 'failed', more))).toBe(text)
})

test('a step is described by what it does', () => {
  expect(
    describeStep(
      stepOf('x', {
        commands: [
          { command: 'echo', args: ['hi'] },
          { command: 'ls', args: [] },
        ],
      }),
    ),
  ).toBe('echo hi && ls')
  expect(describeStep(stepOf('x', { script: '\nset -e\nmake\n' }))).toBe('set -e')
  expect(describeStep(stepOf('x', { executorConfig: { type: 'http' } }))).toBe('http')
})

test('a command whose words do not say how it was written is shown as it was written', () => {
  const line = 'echo "built; now" && ls'
  const words = { command: 'echo', args: ['built; now', '&&', 'ls'] }
  expect(describeStep(stepOf('x', { commands: [{ ...words, line }] }))).toBe(line)
})

test('a command is shown with quotes around words that need them', () => {
  const step = stepOf('s', { commands: [{ command: 'tr', args: ['-d', ' ', "it's $HERE", '|', 'a "b"', ''] }] })
  expect(describeStep(step)).toBe(`tr -d " " "it's $HERE" | 'a "b"' ""`)
})
