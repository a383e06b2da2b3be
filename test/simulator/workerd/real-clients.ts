// Clients of the API on real objects: the same requests as in the simulator, asked again while there is no answer.

import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/types'
import type { Dag } from '@edgedag/core/spec/dag'
import { stubOf } from '@edgedag/worker/host/workerd-env'
import { runObjectName } from '@edgedag/worker/objects/names'
import { testEnv } from '@edgedag/worker/testing/installation'
import { decisionOf } from '../schedule/decisions.ts'
import type { RunPlan } from '../schedule/world-plan.ts'
import { type Progress, pause } from './progress.ts'

/** Times of the schedule are divided by this. */
export const HURRY = 20

/** Does all that the plan asks for; answers once the run has ended for good. */
export async function playRun(
  plan: RunPlan,
  { dagId, dag: { steps } }: { dagId: string; dag: Dag },
  runPool: number,
  progress: Progress,
): Promise<void> {
  const { runId, mode } = plan
  const dag = () => stubOf(testEnv, 'dag', dagId)
  const run = () => stubOf(testEnv, 'run', runObjectName(runId, runPool))
  const decisions = new Map<string, number>()
  const isOver = async (): Promise<boolean> => {
    const status = (await dag().run(runId))?.status ?? 'queued'
    if (status === 'waiting') for (const { name, approval } of steps) if (approval !== undefined) await decide(name)
    return TERMINAL_RUN_STATUSES.has(status)
  }
  const decide = async (step: string): Promise<void> => {
    const n = decisions.get(step) ?? 0
    const answer = await run().decide(runId, { by: 'client', step, decision: decisionOf(plan.scriptSeed, step, n) })
    if (!answer.ok) return
    decisions.set(step, n + 1)
    progress.note()
  }
  await pause(plan.at / HURRY)
  await progress.until(async () => {
    const answer = await dag().start({ runId, mode, trigger: 'manual', by: 'client' })
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
