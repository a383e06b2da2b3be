// Results that steps leave for later ones: from earlier attempts of the run, from this one, and from other hosts.
import type { StepResult } from '@edgedag/core/expr/results'
import { outputBinding } from '@edgedag/core/vault/sealed-outputs'
import type { RawResult } from './host-run-state.ts'
import type { RunWorld } from './world.ts'

/** A result as it comes in events and frames, where what is absent may also be undefined. */
interface LooseResult {
  exitCode: number
  outputs?: Record<string, string> | undefined
  structured?: Record<string, unknown> | undefined
  sealed?: string | undefined
  stdoutPath?: string | undefined
  stderrPath?: string | undefined
  inputs?: Record<string, string> | undefined
}

/** What a finished step leaves for later ones. */
export const stepResult = (event: LooseResult): StepResult => ({
  exitCode: event.exitCode,
  ...(event.outputs === undefined ? {} : { outputs: event.outputs }),
  ...(event.structured === undefined ? {} : { structured: event.structured }),
  ...(event.stdoutPath === undefined ? {} : { stdoutPath: event.stdoutPath }),
  ...(event.stderrPath === undefined ? {} : { stderrPath: event.stderrPath }),
  ...(event.inputs === undefined ? {} : { inputs: event.inputs }),
})

/** Records what is known of finished steps. What does not open (yet) stays masked; handlers' outputs are seen by nobody. */
export const recordKnown = ({ context, run, results, nodes, sealer }: RunWorld): void => {
  const record = (step: string, result: LooseResult): void => {
    const text = result.sealed === undefined ? undefined : sealer?.open(result.sealed, outputBinding(run.runId, step))
    results.record(step, stepResult({ ...result, ...(text === undefined ? {} : (JSON.parse(text) as RawResult)) }))
  }
  for (const [step, result] of Object.entries(context.results)) record(step, result)
  // This host's own are newer, but for what people gave.
  for (const [step, result] of run.results)
    if (!nodes.get(step)?.handler) record(step, { ...result, inputs: context.results[step]?.inputs })
}
