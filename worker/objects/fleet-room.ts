// Finds a runner for a run. Promise: a runner that was asked for is the only one considered; else labels must match, and the one
// with the most room wins, so that load spreads.

export interface Request {
  runId: string
  count: number
  /** The run stays with this runner: its id, or the name under which it was enrolled. */
  runnerId?: string
  selector?: 'local' | Record<string, string>
}

export interface Room {
  runnerId: string
  name: string
  hostname: string
  labels: Record<string, string>
  capacity: number
  used: number
  connectedAt: number
  /** What runs hold here. */
  grants: Map<string, Grant>
}

export interface Grant {
  /** Step processes. */
  count: number
  /** Journal number of the Run's word that this follows. */
  seq: number
}

function free(room: Room): number {
  return room.capacity - granted(room)
}

/** Step processes that runs hold on a runner. */
export function granted(room: Room): number {
  let sum = 0
  for (const grant of room.grants.values()) sum += grant.count
  return sum
}

/** Takes a Run's word for what it holds, on its runner and nowhere else. An older word than the last changes nothing. */
export function correctGrants(
  rooms: ReadonlyMap<string, Room>,
  word: { runId: string; runnerId?: string | undefined; held: number; seq: number },
): void {
  const { runId, held, seq } = word
  for (const room of rooms.values()) {
    const grant = room.grants.get(runId)
    const isHere = room.runnerId === word.runnerId && held > 0
    if (grant !== undefined ? grant.seq > seq : !isHere) continue
    if (isHere) room.grants.set(runId, { count: held, seq })
    // What was given back is remembered for a while: an older word that comes later must not bring it back.
    else if (grant !== undefined) setReturned(room, runId, seq)
  }
}

/** Runs without room whose last word is kept, per runner. */
const MAX_RETURNED = 200

function setReturned(room: Room, runId: string, seq: number): void {
  room.grants.delete(runId)
  room.grants.set(runId, { count: 0, seq })
  const returned = [...room.grants].filter(([, grant]) => grant.count === 0)
  if (returned.length <= MAX_RETURNED) return
  for (const [oldest] of returned.slice(0, MAX_RETURNED / 2)) room.grants.delete(oldest)
}

/** `local` means the main instance: there is none but the fleet itself, so any runner will do. */
function fits(room: Room, selector: Request['selector']): boolean {
  if (selector === undefined || selector === 'local') return true
  return Object.entries(selector).every(([key, value]) => room.labels[key] === value)
}

const describe = (selector: Record<string, string>): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')

/** What people call a runner. */
export const titleOf = (room: Pick<Room, 'name' | 'hostname'>): string => room.name || room.hostname

/** The runner to use, or one sentence for the user why there is none now. `nameOf` knows runners that are away, too. */
export function findRoom(
  rooms: ReadonlyMap<string, Room>,
  request: Request,
  nameOf: (runnerId: string) => string | undefined = () => undefined,
): { room: Room } | { reason: string } {
  if (request.runnerId !== undefined) {
    const room = rooms.get(request.runnerId) ?? [...rooms.values()].find(each => each.name === request.runnerId)
    if (room === undefined)
      return { reason: `runner ${nameOf(request.runnerId) || request.runnerId} is offline; the run stays with it` }
    return free(room) > 0
      ? { room }
      : { reason: `runner ${titleOf(room)} has no room: ${room.capacity} of ${room.capacity} step processes in use` }
  }
  const fitting = [...rooms.values()].filter(room => fits(room, request.selector))
  const best = fitting.reduce<Room | null>(
    (most, room) => (most === null || free(room) > free(most) ? room : most),
    null,
  )
  if (best === null) {
    if (rooms.size === 0) return { reason: 'no runner is connected' }
    const wanted = typeof request.selector === 'object' ? describe(request.selector) : ''
    return { reason: `no connected runner has the labels ${wanted}` }
  }
  return free(best) > 0 ? { room: best } : { reason: 'all fitting runners are busy' }
}
