// What every bench measures with: floors of the machine, percentiles, and the figures that come out.
import { join } from 'node:path'
import type { ApiClient } from '../../cli/client/api-client.ts'
import { exec } from '../fixtures/processes.ts'

/** One result. `ratio` is value / floor where a floor was taken in the same run. */
export interface Figure {
  name: string
  value: number
  unit: string
  floor?: number
  floorName?: string
  /** What is promised: the limit that `judged` (the value, or the ratio where there is a floor) must keep. */
  limit?: { of: 'value' | 'ratio'; atMost?: number; atLeast?: number }
  /** What the reference program does on this kind of machine. */
  reference?: string
  note?: string
}

export interface Floor {
  p50: number
  mean: number
}

async function floor(args: string[]): Promise<Floor> {
  const { stdout } = await exec(process.execPath, [join(import.meta.dirname, 'floor.mjs'), ...args])
  return JSON.parse(stdout) as Floor
}

/** Node's bare spawn of /bin/true, one after another, in ms. */
export const bareSpawn = (count = 100): Promise<Floor> => floor(['spawn', String(count)])

/** The same from a process as big as a runner agent: what an engine pays that starts its steps itself. */
export const agentSizedSpawn = (count = 100): Promise<Floor> => floor(['spawn', String(count), 'big'])

/** One 4 KB write and fdatasync on the disk of `dir`, in ms. */
export const diskSync = (dir: string, count = 200): Promise<Floor> => floor(['fsync', String(count), dir])

export const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)

export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}

export const median = (values: number[]): number => percentile(values, 50)

export interface Counted {
  total: Record<string, number>
  byKind: Record<string, Record<string, number>>
}

export const countersOf = (client: ApiClient): Promise<Counted> => client.get<Counted>('/counters')

export const epochMs = (): number => performance.timeOrigin + performance.now()
