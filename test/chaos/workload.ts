// The run that the chaos tests shoot at, and what must be true of it afterwards whatever was shot.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ApiClient } from '../../cli/client/api-client.ts'
import { type Stat, statOf } from '../fixtures/processes.ts'
import { writeDag } from '../fixtures/product.ts'
import { logText, node, type Run } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'

const LINES = 60
/** The real exit code of the middle step; the run goes on over it. */
export const WORK_EXIT = 7

const line = (i: number): string => `line ${i} of the work, with enough text to be more than a few bytes`

/** A quick step, one of about 1.5 s that writes all the while and ends with a code of its own, and one that follows. */
export function writeWorkload(dir: string, name = 'work'): void {
  const mark = (step: string) => `echo $$ >> ${join(dir, `${step}.pids`)}`
  writeDag(
    dir,
    name,
    `type: chain
steps:
  - name: before
    script: |
      ${mark('before')}
      sleep 0.2
      echo before is done
  - name: work
    continue_on: { exit_code: [${WORK_EXIT}] }
    script: |
      ${mark('work')}
      i=0
      while [ $i -lt ${LINES} ]; do
        echo "${line(0).replace('0', '$i')}"
        i=$((i+1))
        sleep 0.02
      done
      exit ${WORK_EXIT}
  - name: after
    script: |
      ${mark('after')}
      echo after is done
`,
  )
}

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

const OUTPUT: Record<string, string> = {
  before: 'before is done\n',
  work: Array.from({ length: LINES }, (_, i) => `${line(i)}\n`).join(''),
  after: 'after is done\n',
}
export const STEPS = Object.keys(OUTPUT)

/** Pids of a step's processes, one for each time that it was really started. */
export function pidsOf(dir: string, step: string): number[] {
  const file = join(dir, `${step}.pids`)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
}

/** The step's process, once it is there. */
export const runningStep = (dir: string, step: string): Promise<Stat> =>
  until(`the process of ${step}`, () => {
    const pid = pidsOf(dir, step).at(-1)
    return pid === undefined ? undefined : statOf(pid)
  })

/**
 * True for the one other legal end: the crash fell between the durable intent of a start and its process. Then that step is
 * told lost, was never started, and nothing starts it behind the user's back.
 */
export function isLostBeforeItsStart(dir: string, run: Run): boolean {
  const lost = run.nodes.find(n => n.lost)
  if (!lost) return false
  expect([lost.step.name, pidsOf(dir, lost.step.name), run.statusLabel]).toEqual([lost.step.name, [], 'failed'])
  return true
}

/** Every step ran once for its one attempt, with all its output and its real exit code, and the run is what its steps say. */
export async function expectCompleteRun(client: ApiClient, dir: string, run: Run): Promise<void> {
  const seen = STEPS.map(step => ({ step, status: node(run, step).statusLabel, code: node(run, step).exitCode }))
  expect(seen).toEqual([
    { step: 'before', status: 'succeeded', code: 0 },
    { step: 'work', status: 'failed', code: WORK_EXIT },
    { step: 'after', status: 'succeeded', code: 0 },
  ])
  expect(run.statusLabel).toBe('partially_succeeded')
  for (const step of STEPS) {
    expect([step, pidsOf(dir, step).length, node(run, step).attempt]).toEqual([step, 1, 1])
    expect([step, hash(await logText(client, run, step))]).toEqual([step, hash(OUTPUT[step] ?? '')])
  }
}
