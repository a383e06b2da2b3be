// Files of one step attempt, and where its streams go.
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import type { StepPlan } from '@edgedag/core/expr/step-plan'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { StepRequest } from '../process/types.ts'
import { type RunPaths, type StepPaths, stepPaths } from '../state/paths.ts'
import type { Stream } from './host-run.ts'

export interface StepFiles extends StepPaths {
  merged: boolean
  /** Where stdout alone is found, for captures; equals `stdout` where the streams are separate. */
  captured: string
  /** Streams that are logs of their own, in order. */
  streams: Stream[]
}

/** True where both streams of a step go to one log. */
export const isMerged = (dag: Dag, step: Step): boolean => (step.logOutput ?? dag.logOutput) === 'merged'

/** A merged step whose stdout is wanted alone, too: it goes to a file of its own and is copied into the log. */
const wantsSplit = (step: Step): boolean =>
  step.output !== undefined || step.stdout !== undefined || step.stderr !== undefined

export const stepFiles = (paths: RunPaths, dag: Dag, step: Step, node: string, attempt: number): StepFiles => {
  const merged = isMerged(dag, step)
  const files = stepPaths(paths, node, attempt, merged)
  const captured = merged && wantsSplit(step) ? files.capture : files.stdout
  return { ...files, merged, captured, streams: merged ? ['stdout'] : ['stdout', 'stderr'] }
}

/** The stream part of a process request. */
export const streamTargets = (
  files: StepFiles,
  plan: Pick<StepPlan, 'stdout' | 'stderr'>,
): Pick<StepRequest, 'stdoutPath' | 'stderrPath' | 'merged' | 'tee'> => {
  const copies = {
    ...(plan.stdout === undefined ? {} : { stdout: plan.stdout }),
    ...(plan.stderr === undefined ? {} : { stderr: plan.stderr }),
  }
  const tee = Object.keys(copies).length === 0 ? {} : { tee: copies }
  if (!files.merged) return { stdoutPath: files.stdout, stderrPath: files.stderr, ...tee }
  if (files.captured === files.stdout) return { stdoutPath: files.stdout, stderrPath: files.stdout, merged: true }
  // The log itself is the copy of stdout; a copy of the user's own is made when the step has ended (copyCaptured).
  return { stdoutPath: files.captured, stderrPath: files.stdout, tee: { ...copies, stdout: files.stdout } }
}

/** Adds a text of the agent's own to a log. A full disk loses the line, not the step. */
export const appendLog = (path: string, text: string): void => {
  try {
    appendFileSync(path, text)
  } catch {
    // The step's result does not depend on it.
  }
}

/** Makes a folder where it is missing (a look costs less than a failing mkdir). */
export const makeFolder = (path: string): void => {
  if (!existsSync(path)) mkdirSync(path, { recursive: true })
}
