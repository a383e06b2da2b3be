// Outputs of called runs that hold a secret of theirs, as this host is given them. Promise: in clear they are only in its memory, in what
// its steps are given, and in raw logs while the run goes on.
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import {
  countingOutputs,
  type GivenOutputs,
  type OpenOutputs,
  outputBinding,
  readOpenOutputs,
} from '@edgedag/core/vault/sealed-outputs'
import type { HostKey } from './host-key.ts'

/** The outputs by run, and the values in them that are masked. What no key opens is left out. */
export const openOutputs = (
  { outputs = [] }: AttemptSecrets,
  hostKey: () => HostKey,
): { byRun: Map<string, Record<string, string>>; secrets: string[] } => {
  const byRun = new Map<string, Record<string, string>>()
  const secrets = new Set<string>()
  for (const given of outputs) {
    const open = given.open ?? openHere(given, hostKey)
    if (open === undefined) continue
    const counting = countingOutputs(given, open)
    byRun.set(given.runId, { ...byRun.get(given.runId), ...counting.outputs })
    for (const secret of counting.secrets) secrets.add(secret)
  }
  return { byRun, secrets: [...secrets] }
}

/** Sealed without a vault key they are that host's to open which has sealed them. */
const openHere = ({ runId, step, sealed }: GivenOutputs, hostKey: () => HostKey): OpenOutputs | undefined => {
  const json = sealed === undefined ? undefined : hostKey().open(sealed, outputBinding(runId, step))
  return json === undefined ? undefined : readOpenOutputs(json)
}
