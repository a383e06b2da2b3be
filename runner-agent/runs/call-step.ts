// Steps that call DAGs, as far as they are this host's: what is called is evaluated here and told to the Run, and once the children
// are over their result is published here like the output of a process. Promise: nothing is started, so both may be done again.
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { evaluateCall, isCalledPath } from '@edgedag/core/expr/call'
import { type ChildrenEvent, callEvents } from '@edgedag/core/expr/call-events'
import { resolvePath } from '@edgedag/core/expr/paths'
import { secretsOf } from '@edgedag/core/expr/run-scope'
import type { StepPlan } from '@edgedag/core/expr/step-plan'
import type { StepInput } from '@edgedag/core/expr/step-scope'
import { MAX_CALLED_TEXT } from '@edgedag/core/protocol/frames'
import { err, ok, type Result } from '@edgedag/core/result'
import { withOutputs } from '@edgedag/core/run/children/result-text'
import { childItems, hiddenTarget } from '@edgedag/core/vault/hidden-values'
import { openOutputs } from '@edgedag/core/vault/open-outputs'
import { fetchAttemptSecrets } from '../secrets/attempt-secrets.ts'
import { makeFolder } from '../state/make-folder.ts'
import type { Interruption } from './interruption.ts'
import type { StepFiles } from './step-files.ts'
import type { RunWorld } from './world.ts'

/** What a step calls, as the events that tell it; or why it cannot be told. */
export const childrenEvents = async (
  world: RunWorld,
  input: StepInput,
  plan: StepPlan,
  common: Pick<ChildrenEvent, 'plan' | 'fence' | 'at' | 'step' | 'attempt'>,
): Promise<Result<ChildrenEvent[], string>> => {
  const evaluated = evaluateCall(input, plan)
  if (!evaluated.ok) return err(evaluated.error.message)
  const call = evaluated.value
  const hidden = hiddenTarget(call.target, world.mask)
  if (hidden !== undefined) return err(hidden)
  const file = isCalledPath(call.target) ? await calledFile(world, input, call.target) : ok(undefined)
  if (!file.ok) return file
  return callEvents(call, common, {
    ...(file.value === undefined ? {} : { text: file.value }),
    ...(hasOwnDirectory(world, input) ? { workingDir: plan.cwd } : {}),
    item: childItems(common.step, {
      runId: world.run.runId,
      secrets: secretsOf(input.run.data),
      sealer: world.sealer,
    }),
  })
}

/** Children inherit a directory that somebody has set, not the run's own work directory. */
const hasOwnDirectory = ({ context, dag }: RunWorld, { step }: StepInput): boolean =>
  [step.workingDir, dag.workingDir, context.parentWorkingDir].some(dir => dir !== undefined && dir.trim() !== '')

/** Text of the file that a target names; undefined: there is none, and the target may still be the name of a stored DAG. */
const calledFile = async (
  { context }: RunWorld,
  { run, ports }: StepInput,
  target: string,
): Promise<Result<string | undefined, string>> => {
  const isAbsolute = /^([~/]|[A-Za-z]:)/.test(target)
  if (!isAbsolute && context.source === undefined)
    return target.startsWith('.')
      ? err(`call: "${target}" is a relative path, and this DAG has no directory of its own. Call the DAG by its name.`)
      : ok(undefined)
  const path = resolvePath(context.source?.dir ?? '/', target, run.hostEnv.HOME)
  for (const name of /\.ya?ml$/i.test(path) ? [path] : [`${path}.yaml`, `${path}.yml`]) {
    const text = await ports.files?.readText(name).catch(() => undefined)
    if (text === undefined) continue
    return text.length > MAX_CALLED_TEXT ? err(`${name} is over ${MAX_CALLED_TEXT / 1024} KiB`) : ok(text)
  }
  return ok(undefined)
}

/** Writes the result of children as what the step has said, and to the file that `stdout` names. */
export const writeResult = (text: string, files: StepFiles, plan: StepPlan): void => {
  for (const path of new Set([files.stdout, files.alone?.stdout, plan.stdout])) {
    if (path === undefined) continue
    makeFolder(dirname(path))
    writeFileSync(path, text)
  }
}

/** The result with outputs that hold secrets of the children as they are. What no key opens stays masked. */
export const openResult = async (
  world: RunWorld,
  text: string,
  interruption: Interruption,
): Promise<Result<string, string>> => {
  const { host, context } = world
  const given = await fetchAttemptSecrets(host, context, interruption)
  if (!given.ok) return given
  const { byRun, secrets } = openOutputs(given.value, host.hostKey)
  if (secrets.length > 0) world.learn({ secrets, sealKeys: given.value.sealKeys })
  return ok(withOutputs(text, byRun))
}
