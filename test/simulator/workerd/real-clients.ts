// Clients of the API on real objects: the same requests as in the simulator, asked again while there is no answer.

import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { stubOf } from '@edgedag/worker/host/workerd-env'
import { runObjectName } from '@edgedag/worker/objects/names'
import { testEnv } from '@edgedag/worker/testing/installation'
import { below, type TrueRun } from '../check/truth.ts'
import { decisionOf } from '../schedule/decisions.ts'
import type { RunPlan } from '../schedule/world-plan.ts'
import { type Progress, pause } from './progress.ts'

/** Times of the schedule are divided by this. */
export const HURRY = 20

/** Does all that the plan asks for; answers once the run has ended for good. */
export async function playRun(
  plan: RunPlan,
  { dagId, truth }: { dagId: string; truth: TrueRun },
  runPool: number,
  progress: Progress,
): Promise<void> {
  const { runId, mode, value } = plan
  const dag = () => stubOf(testEnv, 'dag', dagId)
  const run = () => stubOf(testEnv, 'run', runObjectName(runId, runPool))
  const decisions = new Map<string, number>()
  const isOver = async (): Promise<boolean> => {
    const line = await dag().run(runId)
    if (line?.status === 'waiting') for (const each of [truth, ...below(truth)]) await decideAll(each)
    return line !== null && TERMINAL_RUN_STATUSES.has(line.status) && line.nextRetryAt === undefined
  }
  const decideAll = async (of: TrueRun): Promise<void> => {
    for (const { name, approval } of of.dag.steps) if (approval !== undefined) await decide(of, name)
  }
  const decide = async (of: TrueRun, step: string): Promise<void> => {
    const key = `${of.runId}/${step}`
    const n = decisions.get(key) ?? 0
    const answer = await stubOf(testEnv, 'run', runObjectName(of.runId, runPool)).decide(of.runId, {
      ...{ by: 'client', step },
      decision: decisionOf(of.scriptSeed, step, n),
    })
    if (!answer.ok) return
    decisions.set(key, n + 1)
    progress.note()
  }
  await pause(plan.at / HURRY)
  await progress.until(async () => {
    const answer = await dag().start({ runId, mode, trigger: 'manual', by: 'client', params: `V=${value}` })
    return answer.ok || answer.error.code === 'already_exists'
  }, `start of ${runId}`)
  if (plan.stopAfter !== undefined) {
    await pause(plan.stopAfter / HURRY)
    const request = { by: 'client', abandon: plan.abandon === true }
    await progress.until(async () => (await run().stop(runId, request)).ok || (await isOver()), `stop of ${runId}`)
  }
  await progress.until(isOver, `the end of ${runId}`).catch(async error => {
    throw new Error(
      `${error.message}: ${JSON.stringify(await run().summary(runId))} ${(await run().events(runId))?.slice(-12).join(' | ')}`,
    )
  })
  if (plan.retryAfter === undefined) return
  await pause(plan.retryAfter / HURRY)
  const { retryStep: step } = plan
  await progress.until(async () => {
    await dag().retry(runId, { by: 'client', ...(step === undefined ? {} : { step }) })
    return true
  }, `retry of ${runId}`)
  await progress.until(isOver, `the end of the retried ${runId}`)
}
