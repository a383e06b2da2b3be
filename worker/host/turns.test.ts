import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const LONGEST_MS = 2_000

/** Turns on a clock that is moved by hand, and pieces of work that end when told. */
function setUp(atOnce: number) {
  let now = 0
  let looks = 0
  const timers: { at: number; go: () => void }[] = []
  const turns = createTurns({
    atOnce,
    longestMs: LONGEST_MS,
    pause: ms => {
      looks++
      return new Promise<void>(go => timers.push({ at: now + ms, go }))
    },
    now: () => now,
  })
  const begun: number[] = []
  const ends: ((failed?: Error) => void)[] = []
  const work = (n: number) => () =>
    new Promise<void>((resolve, reject) => {
      begun.push(n)
      ends[n] = failed => (failed ? reject(failed) : resolve())
    })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return {
    turns,
    begun,
    looks: () => looks,
    take: (...numbers: number[]) => {
      for (const n of numbers) void turns.take(work(n)).catch(() => {})
    },
    end: (n: number, failed?: Error) => ends[n]?.(failed),
    async pass(ms: number) {
      await settle()
      for (const end = now + ms; now < end; ) {
        now++
        for (const timer of timers.splice(0)) timer.at <= now ? timer.go() : timers.push(timer)
        await settle()
      }
    },
  }
}

it('lets so many through at once, and the next when one has ended, whichever way', async () => {
  const { begun, take, end, pass } = setUp(2)
  take(0, 1, 2, 3, 4)
  await pass(50)
  expect(begun).toEqual([0, 1])
  end(1)
  await pass(30)
  expect(begun).toHaveLength(3)
  end(0, new Error('not done'))
  for (const n of begun) end(n)
  await pass(60)
  expect([...begun].sort()).toEqual([0, 1, 2, 3, 4])
})

it('does not wait for a turn whose object has died', async () => {
  const { begun, take, pass } = setUp(1)
  take(0)
  await pass(499)
  take(1)
  await pass(60)
  expect(begun).toEqual([0, 1])
})

it('lets all through that have waited too long', async () => {
  const { begun, take, end, pass } = setUp(1)
  take(0, 1, 2, 3)
  for (let ms = 0; ms < LONGEST_MS + 200; ms += 100) {
    await pass(100)
    // Somebody always has a turn that is not stale.
    take(100 + ms)
  }
  expect(begun).toEqual(expect.arrayContaining([1, 2, 3]))
  for (const n of begun) end(n)
})

it('is looked at less often by those who came later', async () => {
  const { take, end, begun, pass, looks } = setUp(1)
  take(...Array.from({ length: 40 }, (_, n) => n))
  for (let ms = 0; ms < 1_600; ms += 10) {
    for (const n of begun) end(n)
    await pass(10)
  }
  expect(begun).toHaveLength(40)
  expect(looks()).toBeLessThan(400)
})

it('is waited for no longer than asked', async () => {
  const { turns, take, pass } = setUp(1)
  let heard = 0
  take(0)
  void turns.quiet(100).then(() => heard++)
  await pass(99)
  expect(heard).toBe(0)
  await pass(2)
  expect(heard).toBe(1)
})

it('is quiet when nobody has a turn, and for those who have waited too long', async () => {
  const { turns, take, end, pass } = setUp(1)
  const heard: string[] = []
  const listen = (name: string) => void turns.quiet().then(() => heard.push(name))
  listen('before')
  await pass(1)
  take(0)
  listen('after')
  await pass(100)
  expect(heard).toEqual(['before'])
  end(0)
  await pass(250)
  expect(heard).toEqual(['before', 'after'])
})
