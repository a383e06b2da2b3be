import { describe, expect, it } from 'vitest'
import { correctGrants, findRoom, granted, type Room } from './room.ts'

const room = (
  runnerId: string,
  capacity: number,
  labels: Record<string, string> = {},
  held: Record<string, number> = {},
): Room => ({
  runnerId,
  name: `name-${runnerId}`,
  hostname: `host-${runnerId}`,
  labels,
  capacity,
  used: 0,
  connectedAt: 0,
  draining: false,
  grants: new Map(Object.entries(held).map(([runId, count]) => [runId, { count, seq: 5 }])),
})
const fleet = (...rooms: Room[]) => new Map(rooms.map(each => [each.runnerId, each]))

describe('findRoom', () => {
  const rooms = fleet(
    room('a', 2, { os: 'linux' }, { r1: 2 }),
    room('b', 4, { os: 'linux', gpu: 'yes' }, { r2: 1 }),
    room('c', 9),
  )
  it.each([
    { selector: undefined, runnerId: undefined, found: 'c' },
    { selector: {}, runnerId: undefined, found: 'c' },
    { selector: { os: 'linux' }, runnerId: undefined, found: 'b' },
    { selector: { os: 'mac' }, runnerId: undefined, found: 'no connected runner has the labels os=mac' },
    { selector: undefined, runnerId: 'b', found: 'b' },
    { selector: undefined, runnerId: 'name-b', found: 'b' },
    { selector: undefined, runnerId: 'a', found: 'runner name-a has no room: 2 of 2 step processes in use' },
    { selector: undefined, runnerId: 'z', found: 'runner z is offline; the run stays with it' },
  ])('finds $found for $selector $runnerId', ({ selector, runnerId, found }) => {
    const answer = findRoom(rooms, {
      runId: 'r9',
      count: 1,
      ...(selector === undefined ? {} : { selector }),
      ...(runnerId === undefined ? {} : { runnerId }),
    })
    expect('reason' in answer ? answer.reason : answer.room.runnerId).toBe(found)
  })

  it('keeps what is for workers from the main instance', () => {
    const main = { ...room('r1', 9), name: 'local' }
    const request = { runId: 'r9', count: 1, workersOnly: true }
    expect(findRoom(fleet(main), request)).toMatchObject({ reason: expect.stringMatching('no worker is connected') })
    expect(findRoom(fleet(main, room('b', 1)), request)).toMatchObject({ room: { runnerId: 'b' } })
  })

  it('leaves a draining runner out, and says so where nobody else fits', () => {
    const [a, b] = [room('a', 9, { os: 'linux' }), room('b', 1, { os: 'linux', gpu: 'yes' })]
    const some = fleet({ ...a, draining: true }, b)
    const all = fleet({ ...a, draining: true }, { ...b, draining: true })
    const found = (rooms: ReturnType<typeof fleet>, request: object) => {
      const answer = findRoom(rooms, { runId: 'r', count: 1, ...request })
      return 'reason' in answer ? answer.reason : answer.room.runnerId
    }
    expect(found(some, { selector: { os: 'linux' } })).toBe('b')
    expect(found(all, {})).toBe('runners name-a, name-b are draining')
    expect(found(all, { selector: { gpu: 'yes' } })).toBe('runner name-b is draining')
    expect(found(all, { runnerId: 'a' })).toBe('runner name-a is draining, and the run stays with it')
  })

  it('says so when nobody is there', () => {
    expect(findRoom(fleet(), { runId: 'r', count: 1 })).toEqual({ reason: 'no runner is connected' })
  })
})

describe('a word of a Run about what it holds', () => {
  it.each([
    { title: 'raises', held: 3, seq: 6, left: 3 },
    { title: 'lowers', held: 1, seq: 5, left: 1 },
    { title: 'ends', held: 0, seq: 6, left: 0 },
    { title: 'is ignored when older', held: 0, seq: 4, left: 2 },
  ])('$title', ({ held, seq, left }) => {
    const rooms = fleet(room('a', 9, {}, { r1: 2 }))
    correctGrants(rooms, { runId: 'r1', runnerId: 'a', held, seq })
    expect(granted(rooms.get('a')!)).toBe(left)
  })

  it('ends what it held elsewhere', () => {
    const rooms = fleet(room('a', 9, {}, { r1: 2 }), room('b', 9))
    correctGrants(rooms, { runId: 'r1', runnerId: 'b', held: 1, seq: 6 })
    expect([granted(rooms.get('a')!), granted(rooms.get('b')!)]).toEqual([0, 1])
  })
})
