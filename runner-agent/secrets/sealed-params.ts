// Parameters that hold a secret, on their way from a run to one that it calls. Promise: in clear they are only in the memory of the two
// hosts (and of the Vault between them), and in the child's scope, which lies sealed on the disk.
import type { RunContext } from '@edgedag/core/protocol/plans'
import { err, ok, type Result } from '@edgedag/core/result'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { type OpenParams, readOpenParams } from '@edgedag/core/vault/sealed-params'
import type { HostKey } from './host-key.ts'

/** Parameters of a run as they are, with the values in them that are masked. */
export const openParams = (
  context: RunContext,
  given: AttemptSecrets,
  hostKey: () => HostKey,
): Result<{ params: RunContext['params']; secrets: readonly string[] }, string> => {
  const { sealedParams, params } = context
  if (sealedParams === undefined) return ok({ params, secrets: [] })
  const inside = given.params ?? openHere(hostKey, sealedParams)
  if (inside !== undefined) return ok({ params: inside.text, secrets: inside.secrets })
  return err(
    'the parameters hold a secret of the run that has called this one, and no key of this installation opens them: ' +
      'they were sealed under a vault key that is gone, or on another host without one. Retry the calling step.',
  )
}

const openHere = (
  hostKey: () => HostKey,
  { text, binding }: { text: string; binding: string },
): OpenParams | undefined => {
  const json = hostKey().open(text, binding)
  return json === undefined ? undefined : readOpenParams(json)
}
