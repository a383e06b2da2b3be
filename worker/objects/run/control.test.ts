import { describe, expect, it } from 'vitest'
import type { ControlHooks } from './control.ts'
import { RunControl } from './control.ts'
import type { LoadedRun } from './loaded.ts'

/** A run of two attempts that has ended and lies in a pack. */
function packedRun(status: string) {
  const run = {
    state: { head: { phase: 'ended', status, attempt: 2, slot: null, spec: { runId: 'r' } } },
    dag: { name: 'd', steps: [{ name: 'a' }] },
  } as unknown as LoadedRun
  const revived: string[] = []
  const taken: string[] = []
  const hooks: ControlHooks = {
    load: () => (revived.length > 0 ? run : null),
    revive: async runId => {
      revived.push(runId)
      return run
    },
    read: async (_, look) => look(run),
    isPacked: () => true,
    take: (_, event) => void taken.push(event.type),
  }
  return { control: new RunControl({} as never, hooks), revived, taken }
}

describe('a run in its pack', () => {
  it.each([
    ['a retry of a step that it has not', (c: RunControl) => c.retry('r', { by: 'kim', step: 'nope' }), 'not_found'],
    [
      'the status of such a step',
      (c: RunControl) => c.setStepStatus('r', { by: 'kim', step: 'nope', status: 'failed' }),
      'not_found',
    ],
    ['no automatic retry to cancel', (c: RunControl) => c.cancelRetry('r', { by: 'kim' }), 'not_running'],
  ])('stays there: %s is refused', async (_, ask, code) => {
    const { control, revived, taken } = packedRun('succeeded')
    expect(await ask(control)).toMatchObject({ ok: false, error: { code } })
    expect({ revived, taken }).toEqual({ revived: [], taken: [] })
  })

  it('stays there when the same retry is asked for again, and comes back for a new one', async () => {
    const { control, revived, taken } = packedRun('failed')
    expect(await control.retry('r', { by: 'kim', attempt: 2 })).toMatchObject({ ok: true })
    expect(revived).toEqual([])
    expect(await control.retry('r', { by: 'kim', attempt: 3 })).toMatchObject({ ok: true })
    expect({ revived, taken }).toEqual({ revived: ['r'], taken: ['retry_requested'] })
  })
})
