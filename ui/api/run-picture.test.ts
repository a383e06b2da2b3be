import { fingerprint, patchOf } from '@edgedag/core/run/details-patch'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunFrame } from './live-messages.ts'
import { RunPicture } from './run-picture.ts'
import { nodeOf, runOf } from './testing/answers.ts'
import type { RunDetails } from './types.ts'

const RUN = runOf('running', { status: 1, reason: 'queue is full' })

test('what only the DAG knows stays, what the socket has taken away does not come back', () => {
  const picture = new RunPicture()
  picture.after({ type: 'snapshot', run: RUN }, undefined)
  const shown = { ...RUN, nextRetryAt: '2026-01-01T00:00:00Z' }
  const next = picture.after({ type: 'patch', run: { reason: null } }, shown)
  expect(next?.nextRetryAt).toBe(shown.nextRetryAt)
  expect(next).not.toHaveProperty('reason')
})

test('a difference to nothing is not shown', () => {
  expect(new RunPicture().after({ type: 'patch', run: { status: 4 } }, RUN)).toBeUndefined()
})

// What a run can be at one moment: few values, so that it often is again what it was.
const moment = fc
  .record({
    status: fc.nat({ max: 2 }),
    reason: fc.option(fc.constant('why'), { nil: undefined }),
    a: fc.nat({ max: 2 }),
  })
  .map(
    ({ status, reason, a }): RunDetails =>
      runOf('x', {
        status,
        nodes: [nodeOf('a', '', a === 2 ? { status: a, error: 'exit status 3' } : { status: a }), nodeOf('b', '')],
        ...(reason === undefined ? {} : { reason }),
      }),
  )

test('whatever REST answers between two frames, after a frame the run is shown as it is', () => {
  const life = fc.array(fc.record({ run: moment, seen: fc.constantFrom('socket', 'rest', 'nobody') }), { minLength: 1 })
  fc.assert(
    fc.property(life, moments => {
      const picture = new RunPicture()
      let shown: RunDetails | undefined
      let sent: ReturnType<typeof fingerprint> | undefined
      for (const { run, seen } of moments) {
        if (seen === 'rest') shown = run
        if (seen !== 'socket') continue
        const now = fingerprint(run)
        const frame = sent === undefined ? { type: 'snapshot', run } : { type: 'patch', ...patchOf(sent, now, run) }
        sent = now
        shown = picture.after(frame as RunFrame, shown)
        expect(shown).toEqual(run)
      }
    }),
  )
})

test('an answer of REST that a frame has overtaken does not take its place; what only the DAG knows is taken from it', async () => {
  const picture = new RunPicture()
  picture.after({ type: 'snapshot', run: RUN }, undefined)
  const old = { ...RUN, nextRetryAt: '2026-01-01T00:00:00Z' }
  let questions = 0
  const shown = await picture.asked(async () => {
    questions++
    picture.after({ type: 'patch', run: { status: 4 } }, RUN)
    return old
  })
  expect([shown.status, shown.nextRetryAt]).toEqual([4, old.nextRetryAt])
  const now = { ...RUN, status: 5 }
  expect(await picture.asked(async () => now)).toBe(now)
  expect(questions).toBeGreaterThan(1)
})
