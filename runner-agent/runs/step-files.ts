// Files of one step attempt, and where its streams go.
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StepPlan } from '@edgedag/core/expr/step-plan'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { StepRequest } from '../process/types.ts'
import { makeFolder } from '../state/make-folder.ts'
import { type RunPaths, type StepPaths, stepPaths } from '../state/paths.ts'
import type { Stream } from './host-run-state.ts'

export interface StepFiles extends StepPaths {
  merged: boolean
  /** Where each stream is found alone, for captures; absent where both go straight into one log. */
  alone?: { stdout: string; stderr: string }
  /** Streams that are logs of their own, in order. */
  streams: Stream[]
}

/** True where both streams of a step go to one log. */
export const isMerged = (dag: Dag, step: Step): boolean => (step.logOutput ?? dag.logOutput) === 'merged'

/** A merged step whose streams are wanted alone, too: they go to files of their own and are brought together in the log. */
const wantsSplit = (step: Step): boolean =>
  step.output !== undefined || step.stdout !== undefined || step.stderr !== undefined

export const stepFiles = (paths: RunPaths, dag: Dag, step: Step, node: string, attempt: number): StepFiles => {
  const merged = isMerged(dag, step)
  const files = stepPaths(paths, node, attempt, merged)
  const { stdout, stderr, captures } = files
  const alone = merged ? (wantsSplit(step) ? { alone: captures } : {}) : { alone: { stdout, stderr } }
  return { ...files, merged, ...alone, streams: merged ? ['stdout'] : ['stdout', 'stderr'] }
}

/** The stream part of a process request; `aside` is where its standard output goes instead. */
export const streamTargets = (
  files: StepFiles,
  plan: Pick<StepPlan, 'stdout' | 'stderr'>,
  aside?: string,
): Pick<StepRequest, 'stdoutPath' | 'stderrPath' | 'merged' | 'tee'> => {
  if (aside !== undefined) {
    const tee = plan.stderr === undefined ? {} : { tee: { stderr: plan.stderr } }
    return { stdoutPath: aside, stderrPath: files.alone?.stderr ?? files.stdout, ...tee }
  }
  const copies = {
    ...(plan.stdout === undefined ? {} : { stdout: plan.stdout }),
    ...(plan.stderr === undefined ? {} : { stderr: plan.stderr }),
  }
  const tee = Object.keys(copies).length === 0 ? {} : { tee: copies }
  const { alone } = files
  return alone === undefined
    ? { stdoutPath: files.stdout, stderrPath: files.stdout, merged: true }
    : { stdoutPath: alone.stdout, stderrPath: alone.stderr, ...tee }
}

/** Adds a text of the agent's own to a log. A full disk loses the line, not the step. */
export const appendLog = (path: string, text: string): void => {
  try {
    appendFileSync(path, text)
  } catch {
    // The step's result does not depend on it.
  }
}

/** Adds to a stream of a step that runs inside the agent, and to the file that `stdout:` or `stderr:` names. @throws where that cannot be written */
export const writeOutput = (
  files: StepFiles,
  plan: Pick<StepPlan, 'stdout' | 'stderr'>,
  stream: Stream,
  text: string,
): void => {
  const path = files.alone?.[stream] ?? files.stdout
  makeFolder(dirname(path))
  appendLog(path, text)
  const copy = plan[stream]
  if (copy === undefined) return
  makeFolder(dirname(copy))
  appendFileSync(copy, text)
}
