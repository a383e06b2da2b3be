// Labels of simulated hosts, and steps that ask for one of them.
import type { WorkerSelector } from '@edgedag/core/spec/dag'
import type { Random } from '../sim/random.ts'
import type { Json } from './steps.ts'

export const ZONES = ['a', 'b'] as const
export type Zone = (typeof ZONES)[number]

/** Some of the steps ask for a zone; of a step that calls, the runs that it calls do. */
export function makeSelectors(random: Random, dag: Json, home: number): void {
  if (random.chance(home)) dag.worker_selector = { zone: random.pick(ZONES) }
  for (const step of dag.steps as Json[]) if (random.chance(0.3)) step.worker_selector = { zone: random.pick(ZONES) }
}

/** Does a host of this zone fit? */
export const fitsZone = (selector: WorkerSelector | undefined, zone: string): boolean =>
  selector === undefined || selector === 'local' || selector.zone === undefined || selector.zone === zone
