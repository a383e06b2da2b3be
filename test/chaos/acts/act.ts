// One thing that goes on while the storm blows. Promise of all: what was answered is kept, nothing happens twice, nothing is stuck.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ApiClient } from '../../../cli/client/api-client.ts'
import { getRun, type Run } from '../../fixtures/runs.ts'
import { pause, until } from '../../fixtures/wait.ts'
import type { Random } from '../../simulator/sim/random.ts'

export interface Stage {
  /** The test's folder. */
  dir: string
  /** The product as it is now: it may be another process, or none, a moment later. */
  client(): ApiClient
  /** The same for the same seed. */
  random: Random
  /** The storm is over. */
  isOver(): boolean
}

export interface Act {
  /** DAG files by name; `DIR` is the test's folder. */
  dags: Record<string, string>
  /** Before its DAGs are written. */
  open?(): Promise<void>
  /** Before the storm. */
  prepare?(stage: Stage): Promise<void>
  /** Asks for things while the storm blows; a request that fails then may be made again. */
  play(stage: Stage): Promise<void>
  /** After the storm: fails where a promise is broken. */
  judge(stage: Stage): Promise<void>
  close?(): Promise<void>
}

/** Patience with a product that has just come back, under load. */
export const CALM_MS = 90_000

/** A shell line that tells that it runs: `RUN ATTEMPT WORD` in the file. */
export const mark = (file: string, word = 'ran'): string => `echo "$DAG_RUN_ID ${word}" >> DIR/${file}.marks`

export interface Mark {
  runId: string
  word: string
}

export function marksOf({ dir }: Stage, file: string): Mark[] {
  const path = join(dir, `${file}.marks`)
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.map(line => {
    const [runId = '', word = ''] = line.split(' ')
    return { runId, word }
  })
}

/** Repeats a request that names what it makes until it is answered; a conflict says that an earlier one was taken. */
export async function insist(request: () => Promise<unknown>, taken: number[] = [409]): Promise<void> {
  const refusal = await until(
    'an answer',
    async () => {
      try {
        await request()
        return 'none'
      } catch (error) {
        const { status = 0 } = error as { status?: number }
        if (taken.includes(status)) return 'none'
        if (status >= 400 && status < 500) return error as Error
        throw error
      }
    },
    CALM_MS,
    100,
  )
  if (refusal !== 'none') throw refusal
}

export const isOver = (run: Run): boolean => !['running', 'queued', 'not_started', 'waiting'].includes(run.statusLabel)

export const ended = (stage: Stage, name: string, runId: string): Promise<Run> =>
  until(
    `the end of run ${runId} of ${name}`,
    async () => {
      const run = await getRun(stage.client(), name, runId)
      return isOver(run) && run
    },
    CALM_MS,
    200,
  )

/** A step that was told lost before its process was there, in this run. */
export const hasLost = (run: Run): boolean => run.nodes.some(node => node.lost)

/** The run's one step ran once and the run is a success; or it is told lost, and then it ran at most once. */
export function expectOnce(stage: Stage, file: string, run: Run): void {
  const times = marksOf(stage, file).filter(({ runId }) => runId === run.dagRunId).length
  if (hasLost(run)) expect([run.dagRunId, run.statusLabel, times <= 1]).toEqual([run.dagRunId, 'failed', true])
  else expect([run.dagRunId, run.statusLabel, times]).toEqual([run.dagRunId, 'succeeded', 1])
}

/** Some milliseconds, by the seed. */
export const linger = ({ random }: Stage, mostMs: number): Promise<void> => pause(random.next() * mostMs)
