// Finds a runner for a run. Promise: a runner that was asked for is the only one considered; else labels must match, and the one
// with the most room wins, so that load spreads.
import { MAIN_RUNNER, matchesSelector, selectorText } from '@edgedag/core/run/placement/selector'
import type { FleetApi } from '../contracts/fleet.ts'

/** What a run asks for, without what it says of itself. */
export type Request = Omit<Parameters<FleetApi['acquire']>[0], 'wait' | 'held' | 'seq'>

export interface Room {
  runnerId: string
  name: string
  hostname: string
  labels: Record<string, string>
  capacity: number
  used: number
  connectedAt: number
  /** It is given no new work. */
  draining: boolean
  /** What runs hold here. */
  grants: Map<string, Grant>
}

export interface Grant {
  /** Step processes. */
  count: number
  /** Journal number of the Run's word that this follows. */
  seq: number
  /** The runner carries the run, which has not said what it holds: one that waits for people or children holds nothing. */
  isGuess?: true
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

/** Runs on a runner of which it is not known what they hold. */
export const guessed = (room: Room): string[] =>
  [...room.grants].flatMap(([runId, grant]) => (grant.isGuess ? [runId] : []))

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

/** What people call a runner. */
export const titleOf = (room: Pick<Room, 'name' | 'hostname'>): string => room.name || room.hostname

/** The runner to use, or one sentence for the user why there is none now. `nameOf` knows runners that are away, too. */
export function findRoom(
  rooms: ReadonlyMap<string, Room>,
  request: Request,
  nameOf: (runnerId: string) => string | undefined = () => undefined,
): { room: Room } | { reason: string } {
  if (request.runnerId !== undefined) return roomOn(rooms, request.runnerId, nameOf)
  const { selector = {}, workersOnly = false } = request
  const open = [...rooms.values()].filter(room => !(workersOnly && isMain(room)))
  const fitting = open.filter(room => matchesSelector(room.labels, selector))
  const inService = fitting.filter(room => !room.draining)
  const best = inService.reduce<Room | null>(
    (most, room) => (most === null || free(room) > free(most) ? room : most),
    null,
  )
  if (best !== null) return free(best) > 0 ? { room: best } : { reason: 'all fitting runners are busy' }
  if (fitting.length > 0) return { reason: `${listed(fitting)} ${fitting.length === 1 ? 'is' : 'are'} draining` }
  if (rooms.size === 0) return { reason: 'no runner is connected' }
  if (open.length === 0)
    return { reason: 'no worker is connected, and default_execution_mode keeps the run from the main instance' }
  return { reason: `no connected runner has the labels ${selectorText(selector)}` }
}

const isMain = ({ runnerId, name }: Room): boolean => runnerId === MAIN_RUNNER || name === MAIN_RUNNER

const MAX_LISTED = 3

const listed = (rooms: Room[]): string => {
  const names = rooms.slice(0, MAX_LISTED).map(titleOf)
  const more = rooms.length - names.length
  return `${rooms.length === 1 ? 'runner' : 'runners'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function roomOn(
  rooms: ReadonlyMap<string, Room>,
  wanted: string,
  nameOf: (runnerId: string) => string | undefined,
): { room: Room } | { reason: string } {
  const room = rooms.get(wanted) ?? [...rooms.values()].find(each => each.name === wanted)
  if (room === undefined) return { reason: `runner ${nameOf(wanted) || wanted} is offline; the run stays with it` }
  if (room.draining) return { reason: `runner ${titleOf(room)} is draining, and the run stays with it` }
  if (free(room) > 0) return { room }
  return {
    reason: `runner ${titleOf(room)} has no room: ${room.capacity} of ${room.capacity} step processes in use`,
  }
}
