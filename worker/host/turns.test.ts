import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

/** Turns on a clock that is moved by hand, and pieces of work that end when told. */
function setUp(atOnce: number) {
  const timers: (() => void)[] = []
  const turns = createTurns(atOnce, 100, () => new Promise<void>(resolve => timers.push(resolve)))
  const begun: number[] = []
  const ends: ((failed?: Error) => void)[] = []
  const take = (n: number) =>
    turns
      .take(
        () =>
          new Promise<void>((resolve, reject) => {
            begun.push(n)
            ends[n] = failed => (failed ? reject(failed) : resolve())
          }),
      )
      .catch(() => {})
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return {
    turns,
    begun,
    take,
    settle,
    end: (n: number, failed?: Error) => ends[n]!(failed),
    expire() {
      for (const go of timers) go()
    },
  }
}

it('lets so many through at once, and the next when one has ended, whichever way', async () => {
  const { begun, take, settle, end } = setUp(2)
  for (let n = 0; n < 5; n++) void take(n)
  await settle()
  expect(begun).toEqual([0, 1])
  end(1)
  await settle()
  expect(begun).toEqual([0, 1, 2])
  end(0, new Error('not done'))
  end(2)
  await settle()
  expect(begun).toEqual([0, 1, 2, 3, 4])
})

it('is quiet once nobody has a turn or waits for one, and for those who have waited too long', async () => {
  const { turns, take, settle, end, expire } = setUp(1)
  const heard: string[] = []
  const listen = (name: string) => void turns.quiet().then(() => heard.push(name))
  listen('before')
  await settle()
  expect(heard).toEqual(['before'])
  void take(0)
  void take(1)
  listen('after')
  end(0)
  await settle()
  expect(heard).toEqual(['before'])
  end(1)
  await settle()
  expect(heard).toEqual(['before', 'after'])
  void take(2)
  listen('impatient')
  expire()
  await settle()
  expect(heard).toContain('impatient')
})

it('lets all through that have waited too long', async () => {
  const { begun, take, settle, expire, end } = setUp(1)
  for (let n = 0; n < 4; n++) void take(n)
  await settle()
  expire()
  await settle()
  expect(begun).toEqual([0, 1, 2, 3])
  for (let n = 0; n < 4; n++) end(n)
  void take(4)
  await settle()
  expect(begun).toHaveLength(5)
})
