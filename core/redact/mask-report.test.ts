import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../protocol/frames.ts'
import { maskEvent } from './mask-report.ts'
import { createMasker } from './masker.ts'

const SECRET = 'hush-5f2a-hush'
const inPlan = { plan: 'p', fence: 1, at: 1 }
const ofStep = { ...inPlan, step: SECRET, attempt: 1 }

const EVENTS: AgentEvent[] = [
  {
    type: 'prepared',
    ...inPlan,
    params: [{ name: 'A', value: `a${SECRET}` }],
    paramsDisplay: `A=${SECRET}`,
    conditions: [{ condition: 'x', met: false, error: `not ${SECRET}` }],
    error: SECRET,
    workDir: '/w',
  },
  { type: 'started', ...inPlan, step: 's', attempt: 1, commands: [`echo ${SECRET}`] },
  {
    type: 'finished',
    ...inPlan,
    step: 's',
    attempt: 1,
    outcome: 'failed',
    exitCode: 1,
    error: SECRET,
    outputs: { OUT: SECRET },
    structured: { [SECRET]: [{ deep: SECRET }], n: 1 },
    stdout: { bytes: 16, lines: 1, text: `${SECRET}\nx` },
    stderr: { bytes: 16, lines: 1, text: `${btoaOf(SECRET)}\n` },
    commands: [SECRET],
  },
  { type: 'plan_ended', ...inPlan, reason: 'lost', error: `because ${SECRET}` },
]

function btoaOf(text: string): string {
  return (globalThis as unknown as { btoa(text: string): string }).btoa(text)
}

describe('a report that an agent did not mask', () => {
  const masker = createMasker([SECRET])

  it.each(EVENTS.map(event => [event.type, event] as const))('%s shows no secret in any form', (_, event) => {
    const text = JSON.stringify(maskEvent(event, masker))
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(btoaOf(SECRET).slice(2, 12))
    expect(text).toContain('*******')
  })

  it('has the length of what is kept', () => {
    const masked = maskEvent(EVENTS[2]!, masker)
    expect(masked).toMatchObject({ stdout: { text: '*******\nx', bytes: 9, lines: 1 } })
  })

  it('keeps what the engine works with', () => {
    const event: AgentEvent = { type: 'started', ...ofStep, pid: 7 }
    expect(maskEvent(event, masker)).toBe(event)
  })
})
