// Giving a quarantined run another chance: its state is read anew from its rows, and what was owed is owed again.
import { err, ok, type Result } from '@edgedag/core/result'
import type { RunMemory } from './memory.ts'
import type { RunQuarantine } from './quarantine.ts'

/** Idempotent. The error says that its rows cannot be read. */
export function repairRun(
  runId: string,
  { runs, quarantine }: { runs: RunMemory; quarantine: RunQuarantine },
): Result<null, { code: string; message: string }> {
  runs.forget(runId)
  try {
    const run = runs.load(runId)
    if (run === null)
      return err({ code: 'not_found', message: `dag-run ID ${runId} has no state that could be repaired` })
    quarantine.clear({ runId, dagName: run.dag.name, fileName: run.state.head.spec.fileName })
    return ok(null)
  } catch (error) {
    return err({
      code: 'conflict',
      message: `the state of dag-run ${runId} cannot be read: ${(error as Error).message}`,
    })
  }
}
