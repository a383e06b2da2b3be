// Steps with a worker_selector of their own. Promise: a run is on one runner at a time; it moves when nothing of it runs and what could
// run next asks for another place, and comes back to the very runner that it left. Outputs travel, the work directory does not.
import type { Dag, Step, WorkerSelector } from '../../spec/dag.ts'
import { type Draft, nextReady } from '../draft.ts'
import { isHalting } from '../run-status.ts'
import type { RunHead } from '../state.ts'
import { selectorText } from './selector.ts'

/** Where the run's other steps are. */
export const HOME = ''

const places = new WeakMap<Dag, Map<string, WorkerSelector>>()

/** Places that steps of this DAG ask for, by name; empty for nearly every DAG. */
function placesOf(dag: Dag): Map<string, WorkerSelector> {
  const known = places.get(dag)
  if (known) return known
  const found = new Map<string, WorkerSelector>()
  for (const step of dag.steps) if (placeOf(step) !== HOME) found.set(placeOf(step), step.workerSelector!)
  places.set(dag, found)
  return found
}

/** The place that a step asks for. A call only starts runs: its selector is theirs. */
export function placeOf({ workerSelector, call }: Step): string {
  if (workerSelector === undefined || call !== undefined || Object.keys(workerSelector).length === 0) return HOME
  return selectorText(workerSelector)
}

const presentPlace = (head: RunHead): string => head.place ?? HOME

/** The runner of the run's home, also while the run is elsewhere or on its way: what it calls was evaluated there. */
export const homeRunner = (head: RunHead): string | null =>
  presentPlace(head) === HOME ? head.runnerId : (head.places?.[HOME]?.runnerId ?? null)

/** Can the step be planned where the run is? */
export const isHere = (d: Draft, i: number): boolean =>
  placesOf(d.dag).size === 0 || placeOf(d.graph.steps[i]!) === presentPlace(d.head)

/** The selector under which the run asks for room where it is now; undefined: the DAG's own. */
export const selectorHere = (head: RunHead, dag: Dag): WorkerSelector | undefined =>
  head.place === undefined || head.place === HOME ? undefined : placesOf(dag).get(head.place)

/** How many ready steps can be planned where the run is. */
export function readyHere(d: Draft): number {
  if (placesOf(d.dag).size === 0) return d.index.readyCount
  let count = 0
  for (let i = nextReady(d, 0); i >= 0; i = nextReady(d, i + 1)) if (isHere(d, i)) count += 1
  return count
}

/** Moves the run on when nothing runs where it is. */
export function movePlace(d: Draft): void {
  const { head } = d
  if (placesOf(d.dag).size === 0 || head.phase === 'ended' || head.phase === 'delay') return
  const wanted = wantedPlace(d)
  if (wanted === presentPlace(head) || d.index.activeCount > 0) return
  leave(d)
  const known = head.places?.[wanted]
  Object.assign(head, {
    place: wanted,
    runnerId: known?.runnerId ?? null,
    hostname: known?.hostname ?? null,
    preparedOn: known?.isPrepared ? known.runnerId : null,
    // Whoever the run comes to hears what happened elsewhere.
    contextRev: (head.contextRev ?? 0) + 1,
    reason: null,
  })
}

function leave(d: Draft): void {
  const { head } = d
  const { runnerId, hostname } = head
  if (runnerId !== null) {
    const isPrepared = head.preparedOn === runnerId
    head.places = { ...head.places, [presentPlace(head)]: { runnerId, hostname, isPrepared } }
    if (head.room > 0) d.commands.push({ type: 'release_room', count: head.room, runnerId })
  }
  Object.assign(head, { room: 0, asked: 0, waitingRoom: false })
}

/** Handlers run at home, and so does the head of the run; else the first step that can run names the place. */
function wantedPlace(d: Draft): string {
  const { head } = d
  if (head.phase !== 'steps' || !head.initDone || head.conditions === null) return HOME
  const present = presentPlace(head)
  if (isHalting(d) || head.asked > 0 || head.waitingRoom) return present
  if (head.only !== null) {
    const step = d.graph.steps[d.graph.position.get(head.only) ?? -1]
    return step === undefined ? present : placeOf(step)
  }
  const first = nextReady(d, 0)
  return first < 0 || readyHere(d) > 0 ? present : placeOf(d.graph.steps[first]!)
}

/** A new attempt begins at home, and is prepared nowhere. */
export function returnHome(head: RunHead): void {
  const home = head.places?.[HOME]
  if (presentPlace(head) !== HOME)
    Object.assign(head, { place: HOME, runnerId: home?.runnerId ?? null, hostname: home?.hostname ?? null })
  forgetPreparation(head)
}

/** What was prepared on a runner is gone; without one: on all. */
export function forgetPreparation(head: RunHead, runnerId?: string): void {
  const isAny = Object.values(head.places ?? {}).some(at => at.isPrepared && (runnerId ?? at.runnerId) === at.runnerId)
  if (head.places === undefined || !isAny) return
  head.places = Object.fromEntries(
    Object.entries(head.places).map(([name, at]) => [
      name,
      runnerId === undefined || at.runnerId === runnerId ? { ...at, isPrepared: false } : at,
    ]),
  )
}
