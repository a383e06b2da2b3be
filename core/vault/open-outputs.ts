// Outputs of called runs that hold a secret of theirs, as their caller is given them. Promise: in clear they are only in memory, in what
// its steps are given, and in raw logs of a host while the run goes on.
import type { AttemptSecrets } from './resolved.ts'
import { countingOutputs, type OpenOutputs, outputBinding, readOpenOutputs } from './sealed-outputs.ts'
import type { Sealer } from './sealer.ts'

/**
 * The outputs by run, and the values in them that are masked. What no key opens is left out. `own` gives the key of a host: sealed without
 * a vault key they are that host's to open which has sealed them.
 */
export const openOutputs = (
  { outputs = [] }: Pick<AttemptSecrets, 'outputs'>,
  own?: () => Pick<Sealer, 'open'>,
): { byRun: Map<string, Record<string, string>>; secrets: string[] } => {
  const byRun = new Map<string, Record<string, string>>()
  const secrets = new Set<string>()
  for (const given of outputs) {
    const { runId, step, sealed } = given
    const json = given.open || sealed === undefined ? undefined : own?.().open(sealed, outputBinding(runId, step))
    const open: OpenOutputs | undefined = given.open ?? (json === undefined ? undefined : readOpenOutputs(json))
    if (open === undefined) continue
    const counting = countingOutputs(given, open)
    byRun.set(runId, { ...byRun.get(runId), ...counting.outputs })
    for (const secret of counting.secrets) secrets.add(secret)
  }
  return { byRun, secrets: [...secrets] }
}
