// Signatures of uploads and of the question for secrets. Promise: a runner's credential alone opens nothing of a run: it also takes
// the run's key, which goes with the run to the hosts that it is given to. The key alone opens nothing either: a revoked runner has it still.

import { toBase64url } from '../bytes.ts'
import type { LogSegmentName } from '../store/keys.ts'
import { constantTimeEqual, fromBase64url, hexOf, hmac, utf8 } from './hash.ts'

/**
 * Key of one run, as base64url of HMAC-SHA256(signingKey, `upload/{runId}`). Derived, so nothing has to be stored.
 * The Run puts it into the context that it sends to the agent.
 */
export async function uploadKey(signingKey: string, runId: string): Promise<string> {
  return toBase64url(await hmac(utf8(signingKey), `upload/${runId}`))
}

// Unambiguous although step names are free text: the run id has no slash, and the last three parts are of fixed kinds.
const signedText = (name: LogSegmentName): string =>
  `${name.runId}/${name.step}/${name.attempt}/${name.stream}/${name.seq}`

/** `x-edgedag-signature` of a segment: hex of HMAC-SHA256(decoded key, `{runId}/{step}/{attempt}/{stream}/{seq}`). */
export const signUpload = (key: string, name: LogSegmentName): Promise<string> => signText(key, signedText(name))

/** Hex of HMAC-SHA256(decoded key, text). */
export async function signText(key: string, text: string): Promise<string> {
  const bytes = fromBase64url(key)
  if (bytes === null) throw new Error('An upload key is base64url text')
  return hexOf(await hmac(bytes, text))
}

/** True for the signature of exactly this segment. */
export const verifyUpload = (signingKey: string, name: LogSegmentName, signature: string): Promise<boolean> =>
  verifyOfRun(signingKey, name.runId, signedText(name), signature)

/** True for the signature of this text under the run's key. Without a signing key nothing is believed. */
export async function verifyOfRun(
  signingKey: string,
  runId: string,
  text: string,
  signature: string,
): Promise<boolean> {
  if (signingKey === '') return false
  const expected = await signText(await uploadKey(signingKey, runId), text)
  return constantTimeEqual(expected, signature.toLowerCase())
}
