import { Cron } from 'croner'
import { expect, it } from 'vitest'
import { nextFire } from './next-fire.ts'

/** As the library answers without a memory; times around which clocks jump. */
const JUMPS = [
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
] as const
const EXPRESSIONS = ['* * * * *', '0 * * * *', '30 2 * * *', '15 1,2,3 * * *', '0 0 1 * *']

it('what is remembered of an expression is what would be worked out, in whatever order it is asked', () => {
  for (const [timezone, jump] of JUMPS) {
    for (const expression of EXPRESSIONS) {
      const fresh = new Cron(expression, { timezone, mode: '5-part', paused: true, domAndDow: false })
      for (let i = 0; i < 60; i++) {
        const from = Date.parse(jump) + (((i * 0x9e37_79b1) % 36_000_000) - 18_000_000)
        const expected = [0, 1_000].map(ms => fresh.nextRun(new Date(from + ms))!.getTime()).find(at => at > from)
        expect([expression, from, nextFire({ kind: 'cron', expression, timezone }, from)]).toEqual([
          expression,
          from,
          expected,
        ])
      }
    }
  }
})
